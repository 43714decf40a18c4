// Steady load for real-time scenes: so many clients, each asking again after a pause, every answer judged. The pause is an
// argument, so that this file never waits by itself.

import { Agent } from 'node:http';

import { askOnce, type Question, type Seen } from './client.ts';

export type Asked = Seen & { readonly startedMs: number; readonly stream: boolean };

export type Load = {
  /** Everything asked so far, in the order of its end. */
  readonly asked: readonly Asked[];
  /** Ends the clients after their last answer. */
  stop(): Promise<void>;
};

export type LoadOptions = {
  readonly url: string;
  readonly clientKey: string | undefined;
  readonly models: readonly string[];
  readonly clients: number;
  readonly hungAfterMs: number;
  readonly pause: () => Promise<void>;
};

const DIALECTS = ['openai-chat', 'anthropic-messages'] as const;

export function startLoad({ url, clientKey, models, clients, hungAfterMs, pause }: LoadOptions): Load {
  const agent = new Agent({ keepAlive: true });
  const asked: Asked[] = [];
  const stopping = new AbortController();
  let questions = 0;
  const client = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      questions += 1;
      const question: Question = {
        url,
        clientKey,
        agent,
        hungAfterMs,
        dialect: DIALECTS[questions % 2] ?? 'openai-chat',
        stream: Math.floor(questions / 2) % 2 === 0,
        model: models[Math.floor(questions / 4) % models.length] ?? '',
        nonce: `NONCE-${questions}`,
      };
      const startedMs = performance.now();
      asked.push({ ...(await askOnce(question)), startedMs, stream: question.stream });
      await pause();
    }
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  return {
    asked,
    async stop() {
      stopping.abort();
      await running;
      agent.destroy();
    },
  };
}
