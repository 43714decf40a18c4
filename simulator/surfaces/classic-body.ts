// Reads the bodies of the classic surface as strictly and as laxly as it does: unknown fields mean nothing, a missing
// required field is named, and anything that does not fit its type fails to deserialise (2.8-2.10).
import { refusal } from '../failures.ts';
import type { Message } from '../mind.ts';
import { estimateTokens } from '../mind.ts';
import type { CustomModel, Model } from '../models.ts';
import { findModel } from '../models.ts';
import type { Context } from './surface.ts';

export type Body = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const missing = (context: Context, reference: string): Error =>
  refusal(context, 'classic', 400, {
    errorCode: 'REQUIRED_FIELD_MISSING',
    messageCode: 'E00001',
    message: 'Field is required',
    targets: [{ type: 'FIELD', reference }],
  });

const unreadable = (context: Context, reference: string): Error =>
  refusal(context, 'classic', 400, {
    errorCode: 'BAD_ARGUMENT',
    messageCode: 'E30020',
    message: `Failed to deserialize the request body at ${reference}`,
    targets: [{ type: 'FIELD', reference }],
  });

const badArgument = (context: Context, message: string, messageCode?: string): Error =>
  refusal(context, 'classic', 400, {
    errorCode: 'BAD_ARGUMENT',
    message,
    ...(messageCode === undefined ? {} : { messageCode }),
  });

/** The body as an object. Another content type fails in the odd way of section 2.9. */
export function readBody(context: Context): Body {
  const type = context.exchange.header('content-type') ?? '';
  if (!/^application\/json\b/iu.test(type)) {
    const status = context.org.multipartStatus;
    throw refusal(context, 'classic', status, {
      errorCode: 'INTERNAL_ERROR',
      messageCode: 'E00077',
      message: 'Upstream call failed: HTTP 415 Unsupported Media Type',
    });
  }
  let body: unknown;
  try {
    body = JSON.parse(context.exchange.body.toString('utf8'));
  } catch {
    throw unreadable(context, '$');
  }
  if (!isRecord(body)) throw unreadable(context, '$');
  if (body['tags'] !== undefined && body['tags'] !== null && !isRecord(body['tags'])) {
    throw unreadable(context, "$['tags']");
  }
  const { localization } = body;
  if (localization !== undefined && localization !== null) {
    if (!isRecord(localization)) throw unreadable(context, "$['localization']");
    if (localization['defaultLocale'] === undefined) {
      throw missing(context, "$['localization']['defaultLocale']");
    }
  }
  return body;
}

export function requiredText(context: Context, body: Body, name: string): string {
  const value = body[name];
  if (value === undefined || value === null) throw missing(context, `$['${name}']`);
  if (typeof value !== 'string') throw unreadable(context, `$['${name}']`);
  return value;
}

export function requiredTexts(context: Context, body: Body, name: string): readonly string[] {
  const value = body[name];
  if (value === undefined || value === null) throw missing(context, `$['${name}']`);
  if (!Array.isArray(value)) throw unreadable(context, `$['${name}']`);
  const wrong = value.findIndex((item) => typeof item !== 'string');
  if (wrong !== -1) throw unreadable(context, `$['${name}'][${wrong}]`);
  return value as string[];
}

const roles = ['user', 'assistant', 'system'] as const;
const isRole = (value: unknown): value is (typeof roles)[number] =>
  (roles as readonly unknown[]).includes(value);

export function readMessages(context: Context, body: Body): readonly Message[] {
  const { messages } = body;
  if (messages === undefined || messages === null) throw missing(context, "$['messages']");
  if (!Array.isArray(messages)) throw unreadable(context, "$['messages']");
  if (messages.length === 0) throw missing(context, "$['messages']");
  return messages.map((message: unknown, index) => {
    const path = `$['messages'][${index}]`;
    if (!isRecord(message)) throw unreadable(context, path);
    for (const field of ['role', 'content']) {
      if (message[field] === undefined || message[field] === null) {
        throw missing(context, `${path}['${field}']`);
      }
    }
    const { role, content } = message;
    if (!isRole(role)) throw unreadable(context, `${path}['role']`);
    if (typeof content !== 'string') throw unreadable(context, `${path}['content']`);
    return { role, text: content };
  });
}

/** True when the org has the model and has it switched on. */
export function isEnabled(asked: string, enabled: 'all' | readonly string[], model: Model): boolean {
  return enabled === 'all' || enabled.includes(asked) || enabled.includes(model.name);
}

/** The model a path names, or the refusal of section 4.5. */
export function modelOf(context: Context, asked: string, kind: Model['kind']): Model {
  const { org } = context;
  const customModels: readonly CustomModel[] = org.customModels;
  const model = findModel(asked, 'api-name', customModels);
  if (model === undefined || !isEnabled(asked, org.enabledModels, model)) {
    throw refusal(context, 'classic', org.disabledModelStatus);
  }
  if (model.kind !== kind) throw badArgument(context, `The model ${asked} does not support this operation`);
  return model;
}

/** The two size checks of section 2.10: the masking cap first (it is instant), then the model's window. */
export function checkSize(context: Context, model: Model, texts: readonly string[], tokens: number): void {
  const { org } = context;
  if (org.piiMasking) {
    const characters =
      org.piiCountOf === 'content'
        ? texts.reduce((sum, text) => sum + text.length, 0)
        : context.exchange.body.toString('utf8').length;
    const size =
      org.piiCapUnit === 'characters'
        ? characters > org.piiCharactersMax
        : estimateTokens(model.family, characters) > 65_536;
    if (size) {
      const message = 'Prompt size exceeds the token limit for when PII is enabled.';
      throw badArgument(context, message, 'E30036');
    }
  }
  if (tokens > model.contextTokensMax) throw badArgument(context, windowText(model, tokens));
}

/** The vendor's words for a prompt that does not fit. */
export function windowText(model: Model, tokens: number): string {
  const most = model.contextTokensMax;
  switch (model.family) {
    case 'claude':
    case 'nova':
    case 'nemotron':
      return `prompt is too long: ${tokens} tokens > ${most} maximum`;
    case 'gpt':
    case 'ada':
      return `This model's maximum context length is ${most} tokens. However, your messages resulted in ${tokens} tokens.`;
    case 'gemini':
  }
  return `The input token count (${tokens}) exceeds the maximum number of tokens allowed (${most}).`;
}

/** Feedback has one rule of meaning: without a verdict there must be words (2.6). */
export function checkFeedback(context: Context, body: Body): void {
  const { feedback, feedbackText } = body;
  if (feedback === undefined || feedback === null) {
    if (typeof feedbackText !== 'string' || feedbackText === '') throw missing(context, "$['feedbackText']");
    return;
  }
  if (feedback !== 'GOOD' && feedback !== 'BAD') throw unreadable(context, "$['feedback']");
}
