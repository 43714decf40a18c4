// The load: a fixed count of requests over a fixed count of kept-alive sockets, each socket asking again as soon as it is
// answered. Bytes are sent ready-made and answers are only framed, so that the load takes little of the machine.

import { connect, type Socket } from 'node:net';

export type LoadOrder = {
  readonly port: number;
  readonly requests: number;
  readonly concurrency: number;
  readonly payload: string;
  /** A piece of text that every good answer holds. */
  readonly expected: string;
};

export type LoadResult = { readonly durationMs: number; readonly failure: string | undefined };

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

/** Length of the first whole answer in the text, or undefined while it is not whole. The text is one byte a character. */
function answerLength(text: string): number | undefined {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const head = text.slice(0, headEnd);
  const bodyAt = headEnd + HEAD_END.length;
  const declared = /\r\ncontent-length: *(\d+)/iu.exec(head)?.[1];
  if (declared !== undefined) {
    const whole = bodyAt + Number(declared);
    return text.length >= whole ? whole : undefined;
  }
  const end = text.indexOf(LAST_CHUNK, bodyAt);
  return end === -1 ? undefined : end + LAST_CHUNK.length;
}

function isGood(answer: string, expected: string): boolean {
  return answer.startsWith('HTTP/1.1 200') && answer.includes(expected);
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const sockets: Socket[] = [];
  let begun = 0;
  let done = 0;
  const startedMs = performance.now();
  const failure = await new Promise<string | undefined>((resolve) => {
    const begin = (socket: Socket): void => {
      if (begun >= order.requests) return;
      begun += 1;
      socket.write(order.payload, 'latin1');
    };
    const open = (): void => {
      const socket = connect({ port: order.port, host: '127.0.0.1', noDelay: true });
      sockets.push(socket);
      let received = '';
      socket.setEncoding('latin1');
      socket.on('connect', () => begin(socket));
      socket.on('error', (error) => resolve(error.message));
      socket.on('close', () => resolve('the server closed a connection'));
      socket.on('data', (piece: string) => {
        received += piece;
        const length = answerLength(received);
        if (length === undefined) return;
        if (!isGood(received, order.expected)) resolve(`a wrong answer: ${received.slice(0, 600)}`);
        received = received.slice(length);
        done += 1;
        if (done === order.requests) resolve(undefined);
        else begin(socket);
      });
    };
    for (let opened = 0; opened < order.concurrency; opened += 1) open();
  });
  const durationMs = performance.now() - startedMs;
  for (const socket of sockets) socket.removeAllListeners('close').destroy();
  return { durationMs, failure };
}

process.on('message', (order: LoadOrder) => {
  void run(order).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit(0));
