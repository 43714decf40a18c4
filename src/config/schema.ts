// The configuration file's shape, in the file's own units (seconds, bytes). The JSON schema, the documentation page and
// the list of environment variables are all made from it, so a key is described here and nowhere else.
// `writeOnly` marks secrets: their values are never quoted.

import { z } from 'zod';

import { resilienceShape } from './resilience-schema.ts';
import { telemetryShape } from './telemetry-schema.ts';

const text = (description: string, example: string): z.ZodString =>
  z
    .string()
    .min(1)
    .meta({ description, examples: [example] });

const secret = (description: string): z.ZodString => z.string().min(1).meta({ description, writeOnly: true });

const seconds = (description: string, standard: number): z.ZodDefault<z.ZodNumber> =>
  z.number().positive().max(86_400).default(standard).meta({ description });

const texts = (description: string, example: string): z.ZodDefault<z.ZodArray<z.ZodString>> =>
  z
    .array(z.string().min(1))
    .max(1000)
    .default([])
    .meta({ description, examples: [[example]] });

const messages = (description: string, standard: number): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(100_000).default(standard).meta({ description });

const surfaceChoice = z.enum(['auto', 'gateway', 'classic']);

const clientKey = z.strictObject({
  id: z
    .string()
    .regex(/^[\w.@-]{1,64}$/u)
    .optional()
    .meta({ description: 'Name of the key in logs and metrics.', examples: ['laptop'] }),
  key: secret('The key itself.').optional(),
  key_file: text('A file that holds the key.', '/run/secrets/laptop_key').optional(),
  key_sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/u)
    .optional()
    .meta({ description: 'SHA-256 of the key in hexadecimal, so that the file holds no key.' }),
  admin: z.boolean().optional().meta({ description: "Whether the key also opens the operator's routes." }),
});

const modelOverride = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w.:-]{0,254}$/u)
    .optional()
    .meta({
      description: "Salesforce's API name of the model; a known model needs none.",
      examples: ['sfdc_ai__DefaultGPT54'],
    }),
  family: z
    .enum(['claude', 'gpt', 'gemini', 'nova', 'nemotron', 'embedding', 'custom'])
    .optional()
    .meta({ description: 'Which family it belongs to, where its name does not tell.' }),
  surfaces: surfaceChoice.optional().meta({ description: 'Overrides `surfaces` for this model.' }),
  context_tokens: z.number().int().positive().optional().meta({ description: 'Tokens of input and output.' }),
  output_tokens_max: z.number().int().positive().optional().meta({ description: 'Most tokens of output.' }),
  tools: z.boolean().optional().meta({ description: 'Whether it calls tools.' }),
  images: z.boolean().optional().meta({ description: 'Whether it reads images.' }),
  documents: z.boolean().optional().meta({ description: 'Whether it reads documents.' }),
  reasoning: z.boolean().optional().meta({ description: 'Whether it can be asked to reason.' }),
});

const locale = z.string().regex(/^[a-z]{2,3}(?:_[A-Za-z0-9]{2,8})*$/u);

const localization = z.strictObject({
  defaultLocale: locale.meta({
    description:
      'Locale of the prompts. With a localization only `gateway-generations` and `chat-generations` are used, the surfaces that take one.',
    examples: ['en_US'],
  }),
  inputLocales: z
    .array(z.strictObject({ locale, probability: z.number().min(0).max(1) }))
    .max(100)
    .optional()
    .meta({ description: 'Locales the input may be in, with their probabilities.' }),
  expectedLocales: z
    .array(locale)
    .max(100)
    .optional()
    .meta({ description: 'Locales the answer is expected in.' }),
});

const loginShape = {
  consumer_key: secret("The External Client App's consumer key.").optional(),
  consumer_key_file: text('A file that holds the consumer key.', '/run/secrets/consumer_key').optional(),
  consumer_secret: secret("The External Client App's consumer secret.").optional(),
  consumer_secret_file: text(
    'A file that holds the consumer secret.',
    '/run/secrets/consumer_secret',
  ).optional(),
  instance_url: text(
    "The org's My Domain address: https, never the login or lightning address.",
    'https://acme.my.salesforce.com',
  ).optional(),
  token_file: z
    .union([z.string().min(1), z.null()])
    .optional()
    .meta({
      description:
        'Where the token is kept between starts: by default `salesforce_models_token.json` beside the configuration file. `null` keeps it in memory only.',
      examples: ['salesforce_models_token.json'],
    }),
  api_version: z.string().optional().meta({
    description: 'Has no effect; accepted because the predecessor documented it.',
    deprecated: true,
  }),
  username: z.string().optional().meta({
    description:
      "Has no effect (the app's Run-As user counts); accepted because the predecessor documented it.",
    deprecated: true,
  }),
  private_key_file: z.string().optional().meta({
    description:
      'Has no effect (there is no JWT bearer login); accepted because the predecessor documented it.',
    deprecated: true,
  }),
};

const apiShape = {
  api_url: text(
    'The model host. Government Cloud: https://api.gov.salesforce.com.',
    'https://api.salesforce.com',
  ).default('https://api.salesforce.com'),
  allowed_api_hosts: texts(
    'More hosts that `api_url` may name. The bearer token goes there, so list only hosts of Salesforce.',
    'test.api.salesforce.com',
  ),
  gateway_base_path: z.enum(['/ai/gpt/v1', '/einstein/gpt/code/v1.1']).default('/ai/gpt/v1').meta({
    description: 'Base path of the LLM gateway surface on the model host.',
  }),
  surfaces: surfaceChoice.default('auto').meta({
    description: 'Which HTTP surfaces of the org are used: the best for each call, or only one of the two.',
  }),
  connections_max: z.number().int().min(1).max(10_000).default(256).meta({
    description: 'Connections to the model host at once.',
  }),
  compression: z
    .strictObject({
      requests: z.enum(['auto', 'off']).default('auto').meta({
        description:
          'Whether large request bodies go to the model host in gzip: tried, and left for an hour where it is refused.',
      }),
      request_bytes_min: z.number().int().min(1024).max(1_073_741_824).default(262_144).meta({
        description:
          'Bodies from this size on, bytes (256 KiB): packing costs 2 ms of a core for each 100 KB.',
      }),
    })
    .prefault({})
    .meta({
      description: 'Compression toward Salesforce. What clients send in gzip, br or zstd is always read.',
    }),
  http_proxy: z
    .string()
    .optional()
    .meta({
      description: 'Proxy for http addresses. `""` ignores the environment variable HTTP_PROXY.',
      examples: ['http://proxy.example.com:3128'],
      writeOnly: true,
    }),
  https_proxy: z
    .string()
    .optional()
    .meta({
      description: 'Proxy for https addresses. `""` ignores the environment variable HTTPS_PROXY.',
      examples: ['http://proxy.example.com:3128'],
      writeOnly: true,
    }),
  no_proxy: z
    .string()
    .optional()
    .meta({
      description:
        'Hosts reached without the proxy, with commas between. By default the environment variable NO_PROXY.',
      examples: ['localhost,.example.com'],
    }),
  tls: z
    .strictObject({
      ca_file: text(
        'PEM file of certificates to trust beside the usual ones, for example those of a corporate proxy.',
        'corporate-ca.pem',
      ).optional(),
    })
    .prefault({})
    .meta({ description: 'How the org and its model host are trusted. Verification is always on.' }),
};

const modelsShape = {
  models: z
    .record(z.string().min(1).max(255), modelOverride)
    .default({})
    .meta({
      description: 'Facts about models by the name clients send: changes a known model, or adds one.',
      examples: [{ 'my-model': { name: 'My_Custom_Model', family: 'claude', output_tokens_max: 8192 } }],
    }),
  model_aliases: z
    .record(z.string().min(1).max(255), z.string().min(1).max(255))
    .default({})
    .meta({
      description: 'More names for models.',
      examples: [{ 'gpt-4': 'claude-sonnet-4-6' }],
    }),
  trust: z
    .strictObject({
      enable_pii_masking: z.boolean().optional().meta({
        description:
          "Asks for the Trust Layer's data masking; by default the org's own setting holds. With true only `gateway-generations` is used, the one surface that can ask for it, and a call it cannot carry is refused: no native passthrough, nothing on an org with the classic surface alone. With false it is switched off there; elsewhere the org's own setting holds. Images and documents are never masked.",
      }),
      localization: localization.optional().meta({ description: 'The localization sent with every call.' }),
    })
    .prefault({})
    .meta({ description: 'Trust Layer settings. No client can change them.' }),
  conversation: z
    .strictObject({
      mode: z.enum(['off', 'fit', 'limits']).default('off').meta({
        description:
          "Whether the beginning of a long conversation is left out: never; where it would exceed the model's window or the cap of characters; or also by the numbers below. Tool calls stay with their results, and the system's words and the last question always stay.",
      }),
      max_messages: messages(
        'Messages that may be left after a cleanup; beyond, only `keep_emergency` stay.',
        30,
      ),
      cleanup_at: messages('Messages from which on a conversation is cleaned up.', 25),
      keep: messages("The newest messages that stay, beside the system's.", 15),
      keep_emergency: messages('As `keep`, where too many were left.', 8),
      max_tokens: z.number().int().positive().optional().meta({
        description: 'Most tokens of a conversation with `limits`, estimated.',
      }),
      max_characters: z.number().int().positive().optional().meta({
        description:
          "Most characters of a prompt. By default 455000 with `trust.enable_pii_masking`, where Salesforce refuses longer ones, and no cap otherwise; set it where the org's own setting masks.",
      }),
    })
    .prefault({})
    .meta({ description: 'How long conversations may become.' }),
  responses: z
    .strictObject({
      max_stored: z.number().int().min(0).max(10_000_000).default(10_000).meta({
        description: 'Most stored responses of all keys together; beyond, the oldest go. 0 keeps none.',
      }),
      max_bytes: z.number().int().min(0).max(68_719_476_736).default(134_217_728).meta({
        description:
          'Most bytes of their JSON text together (128 MiB), held in memory; beyond, the oldest go. A larger one is not kept.',
      }),
      keep_hours: z.number().positive().max(8_760).default(24).meta({
        description: 'How long a response can be come back to.',
      }),
    })
    .prefault({})
    .meta({
      description:
        'Responses (`/v1/responses`) that clients let be stored. Each is for the key that made it, and gone when the gateway stops.',
    }),
  media: z
    .strictObject({
      fetch_remote: z.boolean().default(false).meta({
        description:
          'Whether images and documents that a request names by an https address are fetched, from public hosts only and never through a proxy. Otherwise such a request is refused.',
      }),
      bytes_max: z.number().int().min(1024).max(67_108_864).default(15_728_640).meta({
        description: 'Most bytes of the remote files of one request together (15 MiB).',
      }),
      timeout_seconds: seconds('For one remote file, from the look-up of its host to its last byte.', 10),
      redirects_max: z.number().int().min(0).max(10).default(3).meta({
        description: 'Most redirects on the way to a remote file; each is checked like the first address.',
      }),
    })
    .prefault({})
    .meta({ description: 'Images and documents that requests name by address.' }),
};

const serverShape = {
  host: text('Address to listen on. Anything but loopback needs `client_keys`.', '127.0.0.1').default(
    '127.0.0.1',
  ),
  port: z.number().int().min(0).max(65_535).default(8000).meta({
    description: 'Port to listen on; 0 takes any free one.',
  }),
  client_keys: z
    .array(z.union([z.string().min(1).meta({ writeOnly: true }), clientKey]))
    .max(10_000)
    .default([])
    .meta({
      description:
        'Keys that clients present, as texts or as objects. Without any the gateway is open, on loopback only.',
      examples: [[{ id: 'laptop', key_file: 'laptop.key' }]],
    }),
  admin_key: secret("The key for the operator's routes.").optional(),
  admin_key_file: text(
    "A file that holds the key for the operator's routes.",
    '/run/secrets/admin_key',
  ).optional(),
  inbound_tls: z
    .strictObject({
      certificate_file: text(
        'PEM file of the certificate to show to clients, followed by those that lead to its authority. With it the gateway speaks https only.',
        'gateway.pem',
      ).optional(),
      key_file: text('PEM file of its private key.', 'gateway.key').optional(),
      key_passphrase: secret('The passphrase of the key, where it has one.').optional(),
      key_passphrase_file: text(
        'A file that holds the passphrase of the key.',
        '/run/secrets/key_passphrase',
      ).optional(),
      client_ca_file: text(
        'PEM file of the authorities whose clients are let in: all but `/livez`, `/readyz` and `/health` then needs a certificate of theirs, beside the client key.',
        'clients-ca.pem',
      ).optional(),
    })
    .prefault({})
    .meta({
      description:
        'TLS toward clients, 1.2 or newer. Files renewed on disk are taken over within a minute, without a restart.',
    }),
  allowed_hosts: texts(
    'Host names, beside the loopback ones, under which clients reach the gateway.',
    'gateway.example.com',
  ),
  allowed_origins: texts('Origins whose web pages may call the gateway.', 'https://chat.example.com'),
  body_bytes_max: z.number().int().min(1024).max(1_073_741_824).default(33_554_432).meta({
    description: 'Largest request body, bytes (32 MiB); of a compressed one, what it unpacks to.',
  }),
  bodies_bytes_max: z.number().int().min(1024).max(68_719_476_736).default(536_870_912).meta({
    description:
      'Most bytes of the bodies of all requests under way (512 MiB); a request more is told 503. Working memory is a multiple of it. One body always fits: never less than `body_bytes_max`.',
  }),
  requests_max: z.number().int().min(1).max(1_000_000).default(4096).meta({
    description: 'Requests under way at once; one more is told 503.',
  }),
  client_stall_seconds: seconds(
    'How long a client may read nothing of what is there for it before it is cut off.',
    60,
  ),
  client_behind_seconds: seconds(
    'How long a client may be behind without a break, though it reads a little now and then, before it is cut off.',
    600,
  ),
  drain_seconds: z.number().min(0).max(3600).default(30).meta({
    description:
      'When asked to stop: how long requests under way may run on, before they end with an error. New ones are refused meanwhile.',
  }),
  ...resilienceShape,
  ...telemetryShape,
};

export const configFileSchema = z
  .strictObject({
    $schema: z.string().optional().meta({ description: 'Where editors find this schema.' }),
    ...loginShape,
    ...apiShape,
    ...modelsShape,
    ...serverShape,
  })
  .meta({ title: 'Forcegate configuration', description: 'The keys of config.json.' });

export type ConfigFile = z.output<typeof configFileSchema>;
export type ClientKeyEntry = ConfigFile['client_keys'][number];
export type ModelOverrideEntry = z.output<typeof modelOverride>;
