// What a workflow's tool asks over HTTP: answers each question with a proof made beforehand, and remembers the questions.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

export type Weather = {
  readonly url: string;
  /** What the next answers hold; forgets the questions so far. */
  next(): string;
  /** The query of each question since. */
  asked(): readonly Readonly<Record<string, string>>[];
  close(): Promise<void>;
};

export async function openWeather(): Promise<Weather> {
  let proof = randomUUID();
  let questions: Record<string, string>[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
    questions.push(Object.fromEntries(searchParams));
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ weather: proof }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/weather`,
    next() {
      proof = randomUUID();
      questions = [];
      return proof;
    },
    asked: () => questions,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
