// The keys of what is exported to an OpenTelemetry collector. The variables that every OpenTelemetry program reads are
// heeded as well; src/config/telemetry.ts says how the two go together.

import { z } from 'zod';

export const telemetryShape = {
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
