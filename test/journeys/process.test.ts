// The whole program as a process, in front of a simulated org: asked to stop under load, and killed in the middle of it.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { readChatStream } from '../contract/read-openai-chat.ts';
import { openStage, type Stage } from './stage.ts';
import { send } from './raw-client.ts';

const BIN = new URL('../../bin/forcegate.js', import.meta.url).pathname;
const MODEL = 'gemini-2.5-flash';
const TOKEN_FILE = 'token.json';
const STALE_DRAFT = `${TOKEN_FILE}.0b51cf1e-8f4b-4d3e-9b1c-7a4a3a3f1c2d.tmp`;

type Program = { readonly child: ChildProcess; readonly url: string; readonly exited: Promise<unknown[]> };

// Each starts Node and the whole program, once or twice.
/** Beside the copy of the configuration, which a kill may come before or into. */
const filesLeft = (directory: string): readonly string[] =>
  readdirSync(directory)
    .filter((name) => !name.startsWith('config.last-good'))
    .toSorted();

describe('the program', { timeout: 60_000 }, () => {
  let stage: Stage;
  let directory = '';
  let running: Program | undefined;

  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'forcegate-process-'));
  });
  afterEach(async () => {
    running?.child.kill('SIGKILL');
    await running?.exited;
    running = undefined;
    rmSync(directory, { recursive: true, force: true });
    await stage.reset();
  });

  async function start(settings: object = {}): Promise<Program> {
    const { org } = stage;
    const config = {
      consumer_key: org.consumerKey,
      consumer_secret: org.consumerSecret,
      instance_url: org.loginUrl,
      api_url: org.modelUrl,
      tls: { ca_file: org.caFile },
      token_file: TOKEN_FILE,
      port: 0,
      ...settings,
    };
    writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
    const child = spawn(process.execPath, [BIN, 'start'], {
      cwd: directory,
      env: { PATH: process.env['PATH'] ?? '' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exited = once(child, 'exit');
    const url = await new Promise<string>((resolve, reject) => {
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
        if (found !== undefined) resolve(found);
      });
      void exited.then(() => reject(new Error(`ended at once: ${said}`)));
    });
    running = { child, url, exited };
    return running;
  }

  const get = ({ url }: Program, path: string): ReturnType<typeof send> => send(url, { method: 'GET', path });

  const ask = (url: string, stream: boolean): ReturnType<typeof request> => {
    const sent = request(`${url}/v1/chat/completions`, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json' },
    });
    sent.end(JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hello' }], stream }));
    return sent;
  };

  /** Resolves with the answer's text, and tells when its first piece is there. */
  function follow(url: string, stream: boolean): { begun: Promise<void>; text: Promise<string> } {
    const begun = Promise.withResolvers<void>();
    const text = new Promise<string>((resolve, reject) => {
      ask(url, stream)
        .on('error', reject)
        .on('response', (response: IncomingMessage) => {
          let told = '';
          response.on('data', (chunk: Buffer) => {
            told += chunk.toString();
            begun.resolve();
          });
          response.on('end', () => resolve(told)).on('error', reject);
        });
    });
    return { begun: begun.promise, text };
  }

  it('that is asked to stop under load loses no stream that is shorter than its drain, and ends with 0', async () => {
    const program = await start({ drain_seconds: 15 });
    await stage.script({
      match: {},
      times: 20,
      reply: { text: 'one two three four', chunks: 4, chunkMs: 150 },
    });
    const streams = Array.from({ length: 20 }, () => follow(program.url, true));
    await Promise.all(streams.map(({ begun }) => begun));
    program.child.kill('SIGTERM');
    for (const text of await Promise.all(streams.map((stream) => stream.text))) {
      const { reply, ending } = readChatStream(text);
      expect({ reply, ending }).toMatchObject({
        reply: { choices: [{ finish: 'stop' }] },
        ending: 'finished',
      });
    }
    expect(await program.exited).toEqual([0, null]);
    const outcomes = (await stage.journal()).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(Array.from({ length: 20 }, () => 'complete'));
  });

  it('that is asked to stop ends a stream that is longer with an error event, and its upstream call', async () => {
    const program = await start({ drain_seconds: 0 });
    await stage.script({ match: {}, reply: { text: 'one two', chunks: 2, chunkMs: 60_000 } });
    const stream = follow(program.url, true);
    await stream.begun;
    program.child.kill('SIGTERM');
    const text = await stream.text;
    expect(text).toContain('"code":"shutting_down"');
    expect(await program.exited).toEqual([0, null]);
    expect(await stage.lastOutcome()).toBe('aborted');
  });

  it('that is asked to stop is not ready, answers, and refuses while a request runs', async () => {
    const program = await start();
    await stage.script({ match: {}, reply: { text: 'one two', chunks: 2, chunkMs: 60_000 } });
    const sent = ask(program.url, true);
    const [response]: IncomingMessage[] = await once(sent, 'response');
    response?.on('error', () => undefined);
    program.child.kill('SIGTERM');
    let ready = await get(program, '/readyz');
    while (ready.status === 200) ready = await get(program, '/readyz');
    expect(ready.status).toBe(503);
    expect((await get(program, '/livez')).status).toBe(200);
    const refused = await send(program.url, { headers: { 'content-type': 'application/json' }, body: '{}' });
    expect([refused.status, refused.headers['retry-after'], refused.headers['connection']]).toEqual([
      503,
      '1',
      'close',
    ]);
    expect(refused.text).toContain('shutting_down');
    sent.on('error', () => undefined).destroy();
    expect(await program.exited).toEqual([0, null]);
  });

  it('that is killed leaves a clean token file, and starts again with its token', async () => {
    const first = await start();
    expect((await follow(first.url, false).text).length).toBeGreaterThan(0);
    await stage.script({ match: {}, reply: { text: 'one two', chunks: 2, chunkMs: 60_000 } });
    const stream = follow(first.url, true);
    stream.text.catch(() => undefined);
    await stream.begun;
    first.child.kill('SIGKILL');
    expect(await first.exited).toEqual([null, 'SIGKILL']);
    const stored: unknown = JSON.parse(readFileSync(join(directory, TOKEN_FILE), 'utf8'));
    expect(stored).toMatchObject({ access_token: expect.any(String) });
    expect(filesLeft(directory)).toEqual(['config.json', TOKEN_FILE]);

    // As if it had been killed in the middle of a write.
    writeFileSync(join(directory, STALE_DRAFT), '{"access_token":');
    utimesSync(join(directory, STALE_DRAFT), 1_000, 1_000);
    const { mints } = await stage.statistics();
    const second = await start();
    expect((await get(second, '/readyz')).status).toBe(200);
    expect(await follow(second.url, false).text).toContain('"finish_reason":"stop"');
    expect((await stage.statistics()).mints).toBe(mints);
    expect(filesLeft(directory)).toEqual(['config.json', TOKEN_FILE]);
    second.child.kill('SIGTERM');
    expect(await second.exited).toEqual([0, null]);
  });
});
