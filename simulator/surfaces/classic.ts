// The classic Models API, `/einstein/platform/v1` (section 2): text in, text out, camelCase, the model in the path.
import { embeddingOf } from '../embedding.ts';
import { jsonManner, replyHeaders } from '../failures.ts';
import { classicQuality, generationParameters, usageOf, wholeParameters } from '../families.ts';
import type { Answer, Question } from '../mind.ts';
import { estimateTokens, inputTokensOf, plainQuestion, think } from '../mind.ts';
import type { Model } from '../models.ts';
import { thinkAsRead } from '../reading.ts';
import type { ScriptedReply } from '../replies.ts';
import {
  checkFeedback,
  checkSize,
  modelOf,
  readBody,
  readMessages,
  requiredText,
  requiredTexts,
} from './classic-body.ts';
import type { Context, Prepared, Staged, Surface, SurfaceName } from './surface.ts';

const base = '/einstein/platform/v1';

const matchModel =
  (operation: string) =>
  (path: string): Readonly<Record<string, string>> | undefined => {
    const start = `${base}/models/`;
    const end = `/${operation}`;
    if (!path.startsWith(start) || !path.endsWith(end)) return undefined;
    const name = path.slice(start.length, path.length - end.length);
    if (name === '' || name.includes('/')) return undefined;
    try {
      return { model: decodeURIComponent(name) };
    } catch {
      return undefined;
    }
  };

function success(context: Context, body: unknown, status: number = context.org.classicSuccessStatus): Staged {
  return {
    status,
    headers: { ...replyHeaders(context, 'classic'), 'transfer-encoding': 'chunked' },
    frames: [{ kind: 'content', bytes: JSON.stringify(body) }],
  };
}

/** No tools exist here: whatever a script says about them, the answer is its text, unless the model reads of them there. */
function speak(context: Context, question: Question, reply: ScriptedReply | undefined): Answer {
  const reading = context.reader?.(question);
  if (reply === undefined) return thinkAsRead(question, reply, () => reading);
  const { toolCalls, reasoning: _unseen, redactedReasoning: _hidden, ...rest } = reply;
  if (reading === undefined) return think(question, rest);
  return thinkAsRead(question, { ...rest, ...(toolCalls && { toolCalls }) }, () => reading);
}

const timestampOf = (context: Context): number =>
  context.org.timestampUnit === 'seconds' ? Math.floor(context.nowMs / 1000) : context.nowMs;

const replyIdOf = (context: Context, model: Model): string => {
  const id = context.nextId();
  return model.family === 'gpt' ? `chatcmpl-${id.replaceAll('-', '')}` : id;
};

function prepareChat(context: Context, asked: string): Prepared {
  const model = modelOf(context, asked, 'chat');
  const messages = readMessages(context, readBody(context));
  const question = plainQuestion(model.family, messages);
  const texts = messages.map((message) => message.text);
  checkSize(context, model, texts, inputTokensOf(question));
  const produce = (reply: ScriptedReply | undefined): Staged => {
    const answer = speak(context, question, reply);
    return success(context, {
      id: replyIdOf(context, model),
      generationDetails: {
        generations: [
          {
            id: context.nextId(),
            role: 'assistant',
            content: answer.text,
            timestamp: timestampOf(context),
            parameters: generationParameters(model, answer, context.org),
            contentQuality: classicQuality(answer.text),
          },
        ],
        parameters: wholeParameters(model, answer, context.org, context.nowMs, 'classic'),
      },
    });
  };
  return { model: asked, streaming: false, produce };
}

function prepareGeneration(context: Context, asked: string): Prepared {
  const model = modelOf(context, asked, 'chat');
  const prompt = requiredText(context, readBody(context), 'prompt');
  const question = plainQuestion(model.family, [{ role: 'user', text: prompt }]);
  checkSize(context, model, [prompt], inputTokensOf(question));
  const produce = (reply: ScriptedReply | undefined): Staged => {
    const answer = speak(context, question, reply);
    return success(context, {
      id: replyIdOf(context, model),
      generation: {
        id: context.nextId(),
        generatedText: answer.text,
        contentQuality: classicQuality(answer.text),
        parameters: generationParameters(model, answer, context.org),
      },
      moreGenerations: null,
      prompt: null,
      parameters: wholeParameters(model, answer, context.org, context.nowMs, 'classic'),
    });
  };
  return { model: asked, streaming: false, produce };
}

function prepareEmbeddings(context: Context, asked: string): Prepared {
  const model = modelOf(context, asked, 'embeddings');
  const input = requiredTexts(context, readBody(context), 'input');
  const tokens = input.map((text) => estimateTokens(model.family, text.length));
  checkSize(context, model, input, Math.max(0, ...tokens));
  const prompt = tokens.reduce((sum, count) => sum + count, 0);
  const produce = (reply: ScriptedReply | undefined): Staged => {
    const shown = usageOf(model, reply?.usage ?? { input: prompt, output: 0 }, context.org, 'whole');
    const counted = reply?.usage?.input ?? prompt;
    return success(context, {
      embeddings: input.map((text, index) => ({ embedding: embeddingOf(text), index })),
      parameters: {
        ...('usage' in shown ? { usage: { prompt_tokens: counted, total_tokens: counted } } : {}),
        model: model.vendorId,
        object: 'list',
      },
    });
  };
  return { model: asked, streaming: false, produce };
}

function prepareFeedback(context: Context): Prepared {
  checkFeedback(context, readBody(context));
  const produce = (): Staged => success(context, { message: 'Feedback received, Thank you!' }, 202);
  return { streaming: false, produce };
}

const surface = (
  name: SurfaceName,
  match: Surface['match'],
  prepare: (context: Context, asked: string) => Prepared,
): Surface => ({
  name,
  group: 'classic',
  match,
  manner: (context) => jsonManner(context, 'classic'),
  prepare: (context, parameters) => prepare(context, parameters['model'] ?? ''),
});

export const classicSurfaces: readonly Surface[] = [
  surface('chat-generations', matchModel('chat-generations'), prepareChat),
  surface('generations', matchModel('generations'), prepareGeneration),
  surface('embeddings', matchModel('embeddings'), prepareEmbeddings),
  surface('feedback', (path) => (path === `${base}/feedback` ? {} : undefined), prepareFeedback),
];
