// What the gateway's endpoints share in reading a request: base paths, the model id in the body, the window, and the
// settings with their ranges (3.1, 3.3, 3.4).
import { refusal } from '../failures.ts';
import { estimateTokens } from '../mind.ts';
import type { Model } from '../models.ts';
import { findModel, isPlatformName } from '../models.ts';
import { isEnabled, isRecord, windowText } from './classic-body.ts';
import type { Body } from './classic-body.ts';
import type { Context } from './surface.ts';

const platformBase = '/ai/gpt/v1';
const codeBase = '/einstein/gpt/code/v1.1';

/** The two places the gateway stands at; model ids differ between them. */
export const gatewayBases: readonly string[] = [platformBase, codeBase];

/** Matches one path under either base; `base` tells which. */
export const matchGateway =
  (...paths: readonly string[]) =>
  (path: string): Readonly<Record<string, string>> | undefined => {
    for (const base of gatewayBases) {
      if (path.startsWith(base)) {
        const rest = path.slice(base.length);
        if (paths.includes(rest)) return { base, rest };
      }
    }
    return undefined;
  };

export const bad = (context: Context, message: string, providerStatusCode?: number): Error =>
  refusal(context, 'gateway', 400, {
    errorCode: 'BAD_ARGUMENT',
    message,
    ...(providerStatusCode === undefined ? {} : { providerStatusCode }),
  });

export function readGatewayBody(context: Context): Body {
  if (!/^application\/json\b/iu.test(context.exchange.header('content-type') ?? '')) {
    throw refusal(context, 'gateway', 415);
  }
  let body: unknown;
  try {
    body = JSON.parse(context.exchange.body.toString('utf8'));
  } catch {
    throw bad(context, 'The request body is not valid JSON');
  }
  if (!isRecord(body)) throw bad(context, 'The request body is not a JSON object');
  return body;
}

/** The model a body names, by the ids of its base path. Ids of vendors are not available (3.3, [D]). */
export function gatewayModel(
  context: Context,
  base: string | undefined,
  asked: unknown,
  kind: Model['kind'],
): Model {
  if (typeof asked !== 'string' || asked === '') throw bad(context, 'model: Field is required');
  const { org } = context;
  const ids = base === codeBase ? 'gateway-id' : 'api-name';
  const model = findModel(asked, org.crossBaseModelIds === 'accepted' ? 'either' : ids, org.customModels);
  if (model === undefined && !isPlatformName(asked)) throw bad(context, `model not available: ${asked}`);
  if (model === undefined || !isEnabled(asked, org.enabledModels, model)) {
    throw refusal(context, 'gateway', org.disabledModelStatus, {
      message: org.disabledModelStatus === 400 ? `model not available: ${asked}` : 'Resource not found',
    });
  }
  if (model.kind !== kind) throw bad(context, `model not available for this operation: ${asked}`);
  return model;
}

/** `refuse` words a prompt beyond the model's window in the manner of the surface. */
export function checkWindow(
  context: Context,
  model: Model,
  tokens: number,
  characters: number,
  refuse: (message: string) => Error = (message) => bad(context, message, 400),
): void {
  const { org } = context;
  const size =
    org.piiCapUnit === 'characters'
      ? characters > org.piiCharactersMax
      : estimateTokens(model.family, characters) > 65_536;
  if (org.piiMasking && org.piiCapOnGateway && size) {
    throw refusal(context, 'gateway', 400, {
      errorCode: 'BAD_ARGUMENT',
      messageCode: 'E30036',
      message: 'Prompt size exceeds the token limit for when PII is enabled.',
    });
  }
  if (tokens > model.contextTokensMax) throw refuse(windowText(model, tokens));
}

export type Settings = {
  readonly outputTokensMax: number | undefined;
  readonly stopSequences: readonly string[];
  readonly generations: number;
  readonly parameters: Body;
};

const unitRanges = ['temperature', 'frequency_penalty', 'presence_penalty'] as const;

/** Reads the settings, which chat nests and `/generations` holds flat. Values in `parameters` go to the vendor unseen. */
export function readSettings(context: Context, settings: Body, path: string): Settings {
  for (const name of unitRanges) {
    const value = settings[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number') throw bad(context, `${path}${name} must be a number`);
    if ((value < 0 || value > 1) && context.org.rangeViolation === 'refused') {
      throw bad(context, `${path}${name} must be between 0 and 1`);
    }
  }
  const whole = (name: string): number | undefined => {
    const value = settings[name];
    if (value === undefined || value === null) return undefined;
    if (!Number.isInteger(value) || Number(value) < 1) {
      throw bad(context, `${path}${name} must be a positive integer`);
    }
    return Number(value);
  };
  const stops = settings['stop_sequences'] ?? [];
  if (!Array.isArray(stops) || stops.some((stop) => typeof stop !== 'string')) {
    throw bad(context, `${path}stop_sequences must be a list of strings`);
  }
  const parameters = settings['parameters'] ?? {};
  if (!isRecord(parameters)) throw bad(context, `${path}parameters must be an object`);
  return {
    outputTokensMax: whole('max_tokens'),
    stopSequences: stops as string[],
    generations: whole('num_generations') ?? 1,
    parameters,
  };
}
