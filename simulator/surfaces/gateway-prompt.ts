// `/generations[/stream]` on the gateway (end of 3.6): one prompt, settings flat in the body, several generations allowed.
import { replyHeaders } from '../failures.ts';
import { generationParameters, usageOf, wholeParameters, chunkParameters } from '../families.ts';
import type { Answer, Question } from '../mind.ts';
import { deltasOf, inputTokensOf, plainQuestion, think } from '../mind.ts';
import type { Model } from '../models.ts';
import type { ScriptedReply } from '../replies.ts';
import {
  bad,
  checkWindow,
  gatewayModel,
  matchGateway,
  readGatewayBody,
  readSettings,
} from './gateway-body.ts';
import { gatewayManner, replyId, streamHeaders } from './gateway-chat.ts';
import { doneFrames } from './gateway-stream.ts';
import { readFormat } from './gateway-tools.ts';
import type { Context, Frame, Prepared, Staged, Surface } from './surface.ts';

const generation = (
  context: Context,
  model: Model,
  answer: Answer,
  id: string,
  index: number,
): Record<string, unknown> => ({
  id,
  text: answer.text,
  parameters: generationParameters(model, answer, context.org, index),
});

function whole(context: Context, model: Model, answer: Answer, count: number): string {
  return JSON.stringify({
    id: replyId(context, model),
    generations: Array.from({ length: count }, (_, index) =>
      generation(context, model, answer, context.nextId(), index),
    ),
    prompt: null,
    parameters: wholeParameters(model, answer, context.org, context.nowMs, 'gateway'),
  });
}

function frames(context: Context, model: Model, answer: Answer, count: number, chunks?: number): Frame[] {
  const id = replyId(context, model);
  const parameters = chunkParameters(model, context.nowMs);
  const chunk = (kind: Frame['kind'], generations: readonly unknown[], extra = {}): Frame => {
    const data = JSON.stringify({
      id,
      generations,
      prompt: null,
      parameters: { ...parameters, ...extra },
    });
    return { kind, bytes: `event: generation\ndata: ${data}\n\n` };
  };
  const result: Frame[] = [];
  for (let index = 0; index < count; index += 1) {
    const generationId = context.nextId();
    for (const text of deltasOf(answer.text, chunks)) {
      result.push(chunk('content', [{ id: generationId, text }]));
    }
    if (model.family !== 'claude') {
      result.push(
        chunk('closing', [
          { ...generation(context, model, { ...answer, text: '' }, generationId, index), text: '' },
        ]),
      );
    }
  }
  const usage = usageOf(model, answer.usage, context.org, 'stream');
  if ('usage' in usage) result.push(chunk('closing', [], usage));
  return [...result, ...doneFrames(context)];
}

function preparePrompt(context: Context, parameters: Readonly<Record<string, string>>): Prepared {
  const body = readGatewayBody(context);
  const model = gatewayModel(context, parameters['base'], body['model'], 'chat');
  const { prompt } = body;
  if (typeof prompt !== 'string') throw bad(context, 'prompt must be a string');
  const settings = readSettings(context, body, '');
  const question: Question = {
    ...plainQuestion(model.family, [{ role: 'user', text: prompt }]),
    outputTokensMax: settings.outputTokensMax,
    stopSequences: settings.stopSequences,
    format: readFormat(context, settings.parameters, model),
  };
  checkWindow(context, model, inputTokensOf(question), prompt.length);
  const streaming = parameters['rest'] === '/generations/stream';
  const produce = (reply: ScriptedReply | undefined): Staged => {
    const answer = think(question, reply);
    if (streaming) {
      const staged = frames(context, model, answer, settings.generations, reply?.chunks);
      return { status: 200, headers: streamHeaders(context), frames: staged };
    }
    const bytes = whole(context, model, answer, settings.generations);
    return { status: 200, headers: replyHeaders(context, 'gateway'), frames: [{ kind: 'content', bytes }] };
  };
  return { model: String(body['model']), streaming, produce };
}

export const gatewayPrompt: Surface = {
  name: 'gateway-generations',
  group: 'gateway',
  match: matchGateway('/generations', '/generations/stream'),
  manner: gatewayManner,
  prepare: preparePrompt,
};
