// The bare floor: the least that any proxy on Node can do. `node:http` in front, undici's `dispatch` behind, bytes passed
// on as they are: no parsing, no key, no log, no metrics. What the gateway costs is told as a multiple of this.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { Pool, type Dispatcher } from 'undici';

const upstreamOrigin = process.argv[2] ?? '';
const CONNECTIONS_MAX = 256;

const pool = new Pool(upstreamOrigin, { connections: CONNECTIONS_MAX, pipelining: 1 });

function relayTo(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart() {
      // Required by the interface; the floor has nothing to do here.
    },
    onResponseStart(_controller, status, headers) {
      const length = headers['content-length'];
      response.writeHead(status, {
        'content-type': String(headers['content-type']),
        ...(length !== undefined && { 'content-length': String(length) }),
      });
    },
    onResponseData(_controller, chunk) {
      response.write(chunk);
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError() {
      response.destroy();
    },
  };
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    const [first] = pieces;
    const body = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
    pool.dispatch(
      {
        method: 'POST',
        path: request.url ?? '/',
        headers: { 'content-type': 'application/json' },
        body,
      },
      relayTo(response),
    );
  });
}

const server = createServer({ keepAliveTimeout: 0 }, forward);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string') process.send?.({ port: address.port });
});

process.on('disconnect', () => process.exit(0));
