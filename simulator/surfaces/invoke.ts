// `/model/{alias}/invoke` and `/invoke-with-response-stream` on the gateway (3.7): Anthropic's own protocol for Bedrock,
// for Claude only, whole or as an AWS event stream.
import { refusal, replyHeaders } from '../failures.ts';
import { thinkAsRead } from '../reading.ts';
import type { ScriptedReply } from '../replies.ts';
import { brokenFrame, failureFrame } from './event-frames.ts';
import { gatewayBases, gatewayModel, readGatewayBody } from './gateway-body.ts';
import { readInvokeBody } from './invoke-body.ts';
import { messageFrames, wholeMessage } from './invoke-reply.ts';
import { nativeManner, nativeRefusal } from './native-errors.ts';
import type { Context, Manner, Prepared, Staged, Surface } from './surface.ts';

const tail = /^\/model\/([^/]+)\/(invoke|invoke-with-response-stream)$/u;

function match(path: string): Readonly<Record<string, string>> | undefined {
  const found = gatewayBases.find((candidate) => path.startsWith(`${candidate}/model/`));
  const parts = found === undefined ? null : tail.exec(path.slice(found.length));
  if (found === undefined || parts === null) return undefined;
  try {
    return { base: found, model: decodeURIComponent(parts[1] ?? ''), operation: parts[2] ?? '' };
  } catch {
    return undefined;
  }
}

const manner = (context: Context): Manner => ({
  ...nativeManner(context, 'invoke'),
  errorEvent: () => failureFrame(context),
  garbage: (streaming) => (streaming ? brokenFrame(context) : '{"id": \u0000 <<not json'),
});

function prepare(context: Context, parameters: Readonly<Record<string, string>>): Prepared {
  if (!context.org.invokeAvailable) throw refusal(context, 'gateway', 404);
  const body = readGatewayBody(context);
  const asked = parameters['model'] ?? '';
  const model = gatewayModel(context, parameters['base'], asked, 'chat');
  if (model.family !== 'claude') {
    const { otherFamilyStatus } = context.org;
    throw nativeRefusal(context, 'invoke', otherFamilyStatus, `model not available: ${asked}`);
  }
  const { question, thinking } = readInvokeBody(context, body, model);
  const streaming = parameters['operation'] === 'invoke-with-response-stream';
  const produce = (reply: ScriptedReply | undefined): Staged => {
    const telling = { answer: thinkAsRead(question, reply, context.reader), thinking, reply };
    if (streaming) {
      const headers = replyHeaders(context, 'gateway', 'application/vnd.amazon.eventstream');
      return { status: 200, headers, frames: messageFrames(context, model, telling) };
    }
    const bytes = wholeMessage(context, model, telling);
    return { status: 200, headers: replyHeaders(context, 'gateway'), frames: [{ kind: 'content', bytes }] };
  };
  return { model: asked, streaming, produce };
}

export const invoke: Surface = { name: 'invoke', group: 'gateway', match, manner, prepare };
