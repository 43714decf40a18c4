// `/chat/generations[/stream]` on the gateway (3.4-3.6): checks the request, asks the mind, and shows the answer in the
// envelope of the model's family, whole or as a stream.
import { errorBody, failure, replyHeaders } from '../failures.ts';
import { gatewayScores, generationParameters, toolCallIdPrefix, wholeParameters } from '../families.ts';
import type { Answer, Question } from '../mind.ts';
import { inputTokensOf } from '../mind.ts';
import { thinkAsRead } from '../reading.ts';
import type { Model } from '../models.ts';
import type { ScriptedReply } from '../replies.ts';
import type { Body } from './classic-body.ts';
import { isRecord } from './classic-body.ts';
import {
  bad,
  checkWindow,
  gatewayModel,
  matchGateway,
  readGatewayBody,
  readSettings,
} from './gateway-body.ts';
import { readConversation, thoughtSignatureOf } from './gateway-messages.ts';
import { chatFrames } from './gateway-stream.ts';
import { readFormat, readReasoning, readToolChoice } from './gateway-tools.ts';
import type { Context, Headers, Manner, Prepared, Staged, Surface } from './surface.ts';

/** A tool call as it goes over the wire. */
export type Invocation = {
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: string | null };
  readonly thought_signature: string | null;
};

/** An answer with its ids, ready to be shown whole or in pieces. */
export type Shown = {
  readonly generationId: string;
  readonly answer: Answer;
  readonly invocations: readonly Invocation[];
  readonly thoughtSignature: string | null;
};

const argumentsText = (context: Context, value: Record<string, unknown>): string | null => {
  if (Object.keys(value).length > 0) return JSON.stringify(value);
  const { noArgumentsForm } = context.org;
  if (noArgumentsForm === 'braces') return '{}';
  return noArgumentsForm === 'null' ? null : '';
};

function show(context: Context, model: Model, answer: Answer): Shown {
  const { thoughtSignature, thoughtSignaturePlace } = context.org;
  const signs = model.family === 'gemini' && thoughtSignature !== 'none';
  const generationId = context.nextId();
  const invocations = answer.toolCalls.map((call) => {
    const id = `${toolCallIdPrefix(model)}${context.nextId().replaceAll('-', '')}`;
    const signed = signs && thoughtSignaturePlace === 'invocation';
    return {
      id,
      function: { name: call.name, arguments: argumentsText(context, call.arguments) },
      thought_signature: signed ? thoughtSignatureOf(id) : null,
    };
  });
  const signed = signs && thoughtSignaturePlace === 'generation' && invocations.length > 0;
  return {
    generationId,
    answer,
    invocations,
    thoughtSignature: signed ? thoughtSignatureOf(generationId) : null,
  };
}

/** `content` of a generation: without text beside tool calls it is null or empty, as the org has it. */
function contentOf(context: Context, shown: Shown): string | null {
  const { text } = shown.answer;
  if (text !== '' || shown.invocations.length === 0) return text;
  return context.org.contentWithToolCalls === 'null' ? null : '';
}

export const contentsOf = (answer: Answer): unknown =>
  answer.reasoning === undefined ? null : [{ type: 'thinking_summary', content: answer.reasoning }];

function wholeGeneration(context: Context, model: Model, shown: Shown, index: number): unknown {
  const { answer } = shown;
  const scores =
    context.org.scoresInReply === 'present'
      ? gatewayScores(answer.text)
      : { generation_safety_score: null, generation_content_quality: null };
  return {
    id: shown.generationId,
    role: 'assistant',
    content: contentOf(context, shown),
    thought_signature: shown.thoughtSignature,
    contents: contentsOf(answer),
    timestamp: context.org.timestampUnit === 'seconds' ? Math.floor(context.nowMs / 1000) : context.nowMs,
    log_probability_result: null,
    parameters: generationParameters(model, answer, context.org, index),
    ...scores,
    tool_invocations: shown.invocations.length === 0 ? null : shown.invocations,
    web_search_result: null,
    redacted_urls: null,
  };
}

export function replyId(context: Context, model: Model): string {
  const id = context.nextId().replaceAll('-', '');
  if (model.family === 'gpt') return `chatcmpl-${id}`;
  return model.family === 'claude' ? `msg_${id}` : id;
}

function whole(context: Context, model: Model, shown: readonly Shown[], answer: Answer): string {
  return JSON.stringify({
    id: replyId(context, model),
    generation_details: {
      generations: shown.map((item, index) => wholeGeneration(context, model, item, index)),
      cache_control: null,
      parameters: wholeParameters(model, answer, context.org, context.nowMs, 'gateway'),
    },
    other_details: null,
  });
}

export const streamHeaders = (context: Context): Headers =>
  replyHeaders(
    context,
    'gateway',
    context.org.eventStreamCharset ? 'text/event-stream;charset=UTF-8' : 'text/event-stream',
  );

/** How the gateway's own endpoints fail, in replies and in streams (3.10). */
export const gatewayManner = (context: Context): Manner => ({
  failure: (status) =>
    failure(context, 'gateway', status, status >= 429 ? { providerStatusCode: status } : {}),
  errorEvent: () =>
    `event: error\ndata: ${errorBody(context, 'gateway', 500, { message: 'The model provider failed', providerStatusCode: 500 })}\n\n`,
  garbage: (streaming) =>
    streaming ? 'event: generation\ndata: {"id": "broken\n\n' : '{"id": \u0000 <<not json',
});

function checkChatSettings(context: Context, body: Body): Body {
  const settings = body['generation_settings'];
  if (settings === undefined || settings === null) {
    if (context.org.generationSettingsRequired) throw bad(context, 'generation_settings: Field is required');
    return {};
  }
  if (!isRecord(settings)) throw bad(context, 'generation_settings must be an object');
  if (context.org.directSampling === 'refused') {
    const direct = ['top_p', 'top_k', 'seed'].find((name) => settings[name] !== undefined);
    if (direct !== undefined) throw bad(context, `generation_settings.${direct} is not known`);
  }
  return settings;
}

function prepareChat(context: Context, parameters: Readonly<Record<string, string>>): Prepared {
  const body = readGatewayBody(context);
  const model = gatewayModel(context, parameters['base'], body['model'], 'chat');
  const settings = readSettings(context, checkChatSettings(context, body), 'generation_settings.');
  const { messages, files } = readConversation(context, body['messages'], model);
  const question: Question = {
    family: model.family,
    messages,
    files,
    ...readToolChoice(context, body, model),
    outputTokensMax: settings.outputTokensMax,
    stopSequences: settings.stopSequences,
    format: readFormat(context, settings.parameters, model),
    reasons: readReasoning(context, body, model),
  };
  const characters = messages.reduce((sum, message) => sum + message.text.length, 0);
  checkWindow(context, model, inputTokensOf(question), characters);
  const { numGenerationsOnChat } = context.org;
  if (settings.generations > 1 && numGenerationsOnChat === 'refused') {
    throw bad(context, 'generation_settings.num_generations must be 1');
  }
  const generations = numGenerationsOnChat === 'honoured' ? settings.generations : 1;
  const streaming = parameters['rest'] === '/chat/generations/stream';
  const produce = (reply: ScriptedReply | undefined): Staged => {
    const answer = thinkAsRead(question, reply, context.reader);
    const shown = Array.from({ length: generations }, () => show(context, model, answer));
    if (streaming) {
      const frames = chatFrames(context, model, shown, answer, reply?.chunks);
      return { status: 200, headers: streamHeaders(context), frames };
    }
    const bytes = whole(context, model, shown, answer);
    return { status: 200, headers: replyHeaders(context, 'gateway'), frames: [{ kind: 'content', bytes }] };
  };
  return { model: String(body['model']), streaming, produce };
}

export const gatewayChat: Surface = {
  name: 'gateway-generations',
  group: 'gateway',
  match: matchGateway('/chat/generations', '/chat/generations/stream'),
  manner: gatewayManner,
  prepare: prepareChat,
};
