// `/responses` on the gateway (3.8): OpenAI's Responses protocol for the GPT family, whole or as an event stream by
// `stream` in the body. It keeps nothing between calls.
import { refusal, replyHeaders } from '../failures.ts';
import { thinkAsRead } from '../reading.ts';
import type { ScriptedReply } from '../replies.ts';
import { gatewayModel, matchGateway, readGatewayBody } from './gateway-body.ts';
import { streamHeaders } from './gateway-chat.ts';
import { nativeManner, nativeRefusal } from './native-errors.ts';
import { readResponsesBody } from './responses-body.ts';
import { closingResource, openingResource, outputOf } from './responses-reply.ts';
import { failureEvent, responseFrames } from './responses-stream.ts';
import type { Context, Manner, Prepared, Staged, Surface } from './surface.ts';

const manner = (context: Context): Manner => ({
  ...nativeManner(context, 'responses'),
  errorEvent: (before) => failureEvent(context, before),
  garbage: (streaming) =>
    streaming ? 'event: response.output_text.delta\ndata: {"type": "broken\n\n' : '{"id": \u0000 <<not json',
});

function prepare(context: Context, parameters: Readonly<Record<string, string>>): Prepared {
  if (!context.org.responsesAvailable) throw refusal(context, 'gateway', 404);
  const body = readGatewayBody(context);
  const model = gatewayModel(context, parameters['base'], body['model'], 'chat');
  const asked = String(body['model']);
  if (model.family !== 'gpt') {
    const { otherFamilyStatus } = context.org;
    const place = { param: 'model', code: 'model_not_found' };
    throw nativeRefusal(context, 'responses', otherFamilyStatus, `model not available: ${asked}`, place);
  }
  const read = readResponsesBody(context, body, model);
  const streaming = body['stream'] === true;
  const produce = (reply: ScriptedReply | undefined): Staged => {
    const answer = thinkAsRead(read.question, reply, context.reader);
    const opening = openingResource(context, body, model);
    const output = outputOf(context, answer, read);
    const closing = closingResource(context, opening, answer, output);
    if (streaming) {
      const frames = responseFrames(context, opening, closing, output, answer, reply?.chunks);
      return { status: 200, headers: streamHeaders(context), frames };
    }
    const bytes = JSON.stringify(closing);
    return { status: 200, headers: replyHeaders(context, 'gateway'), frames: [{ kind: 'content', bytes }] };
  };
  return { model: asked, streaming, produce };
}

export const responses: Surface = {
  name: 'responses',
  group: 'gateway',
  match: matchGateway('/responses'),
  manner,
  prepare,
};
