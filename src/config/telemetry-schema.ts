// The keys of what the gateway tells of itself: alerts, the log, and what is exported to an OpenTelemetry collector. There the
// variables that every OpenTelemetry program reads are heeded as well; src/config/telemetry.ts says how the two go together.

import { z } from 'zod';

export const telemetryShape = {
  alerts: z
    .strictObject({
      webhook_url: z
        .string()
        .min(1)
        .optional()
        .meta({
          description:
            'Where alerts are posted as JSON when they fire and when they clear: https, or http on this machine.',
          examples: ['https://hooks.example.com/services/forcegate'],
          writeOnly: true,
        }),
    })
    .prefault({})
    .meta({ description: 'Alerts, which also show in the log, in `/health` and in `forcegate status`.' }),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').meta({
        description: 'The least weighty line that is written.',
      }),
      file: z
        .string()
        .min(1)
        .meta({
          description:
            'A file that the log of this gateway, and of no other, is written to as well. `start --daemon` writes `logs/api.log` beside the configuration without being told (`logs/api.tls.log` for one named `tls.json`).',
          examples: ['logs/api.log'],
        })
        .optional(),
      file_bytes_max: z.number().int().min(1024).max(1_073_741_824).default(10_485_760).meta({
        description: 'When the file is this large (10 MiB) it becomes `.1`, and a new one begins.',
      }),
      content: z.enum(['off', 'on']).default('off').meta({
        description:
          'Whether what callers ask and models answer is written as well, in a line of its own with `"content": true`. Credentials, client keys and the usual e-mail addresses, phone, card and account numbers are replaced; nothing else is. For finding a fault, not for always.',
      }),
      content_characters_max: z.number().int().min(100).max(20_000).default(4000).meta({
        description: 'Most characters of each: the end of what was asked, the beginning of the answer.',
      }),
      old_files_max: z.number().int().min(0).max(100).default(5).meta({
        description: 'How many full ones are kept.',
      }),
    })
    .prefault({})
    .meta({ description: 'The log, JSON lines on standard output and, if asked, in a file.' }),
  telemetry: z
    .strictObject({
      otlp_endpoint: z
        .string()
        .min(1)
        .optional()
        .meta({
          description:
            'Address of an OpenTelemetry collector that takes OTLP over HTTP; `/v1/traces` and `/v1/metrics` are added to it. By default the environment variable OTEL_EXPORTER_OTLP_ENDPOINT. With neither, nothing of OpenTelemetry is loaded.',
          examples: ['http://localhost:4318'],
        }),
      otlp_headers: z.string().min(1).optional().meta({
        description:
          'Headers that the collector asks for, as `name=value,name=value`, values percent-encoded where they must be. Laid over those of the environment variable OTEL_EXPORTER_OTLP_HEADERS.',
        writeOnly: true,
      }),
      service_name: z
        .string()
        .min(1)
        .max(255)
        .optional()
        .meta({
          description:
            'Name of this gateway in traces and metrics. By default the environment variable OTEL_SERVICE_NAME, else `forcegate`.',
          examples: ['forcegate-production'],
        }),
      sample_ratio: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .meta({
          description:
            "Share of the requests that are traced, where a caller's trace has not decided it. By default what the environment variables OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG say, else all. Metrics count every request.",
          examples: [0.1],
        }),
    })
    .prefault({})
    .meta({
      description:
        'Traces and metrics by the GenAI conventions of OpenTelemetry. OTEL_SDK_DISABLED=true switches them off, whatever stands here.',
    }),
};
