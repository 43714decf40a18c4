// `forcegate validate-stream`: what it tells of good and broken recordings, how it knows what they are, and its exit codes. The
// streams of the corpus are judged too: which of them are broken on purpose, and in which way, is a list.

import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { createFakeWorld } from '../../test/fakes/command-world.ts';
import type { ReadRecording } from './recordings.ts';
import { runValidateStream, type ValidateOptions } from './validate-stream.ts';

const CORPUS = new URL('../../test/corpus/', import.meta.url);
const corpus = (path: string): Buffer => readFileSync(new URL(path, CORPUS));

const RESPONSES = corpus('assumed/responses/tools-stream.sse');
const BEDROCK = corpus('assumed/invoke/tools-stream.bin');
const CHUNK = '"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m"';
const CHAT = [
  `{${CHUNK},"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}`,
  `{${CHUNK},"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`,
  '[DONE]',
]
  .map((data) => `data: ${data}\n\n`)
  .join('');

type Streams = {
  readonly valid: boolean;
  readonly streams: readonly {
    readonly protocol: string;
    readonly frames: number;
    readonly faults: readonly { readonly frame: number; readonly rule: string }[];
  }[];
};

type Judged = { readonly code: number; readonly out: string; readonly said: string };

async function judge(recorded: Uint8Array | string, ...args: readonly string[]): Promise<Judged> {
  const fake = createFakeWorld({ recordings: { '-': recorded } });
  const code = await fake.run('validate-stream', ...args);
  return { code, out: fake.out(), said: fake.said() };
}

async function rulesOf(recorded: Uint8Array | string, ...args: readonly string[]): Promise<string[]> {
  const { out, said } = await judge(recorded, '--json', ...args);
  if (out === '') return [`unusable: ${said.split('\n')[0]}`];
  const { streams } = JSON.parse(out) as Streams;
  return [...new Set(streams.flatMap(({ faults }) => faults.map(({ rule }) => rule)))];
}

describe('validate-stream', () => {
  it('takes off as many heads as a way through proxies leaves, and no more', async () => {
    const head = 'HTTP/1.1 100 Continue\r\n\r\n';
    const last = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n';
    expect(await rulesOf(`${head.repeat(15)}${last}${CHAT}`)).toEqual([]);
    expect(await rulesOf(`${head.repeat(16)}${last}${CHAT}`)).toEqual([
      'unusable: The answer is a 100, not a stream.',
    ]);
  });

  it('says that a good stream is, in one line', async () => {
    expect(await judge(CHAT, '--strict')).toEqual({
      code: 0,
      out: 'chat: valid; 3 frames of server-sent events, with a proper end',
      said: '',
    });
    expect((await judge(RESPONSES)).out).toMatch(/^responses: valid; 21 frames of server-sent events/u);
    expect((await judge(BEDROCK)).out).toMatch(/^messages: valid; 9 frames of AWS event stream/u);
  });

  it('tells each fault on a line with its frame and the fix, and the clause to those who ask', async () => {
    const broken = CHAT.replace('"finish_reason":null', '"finish_reason":"done"');
    const { code, out } = await judge(broken, '--verbose');
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      'frame 1  finish-known  The finish_reason is "done". Fix: Use stop, length, tool_calls, content_filter or function_call. [OpenAI, "The chat completion chunk object", "choices", "finish_reason"]',
      expect.stringMatching(/^frame 2 {2}after-finish {2}Choice 0 goes on .* Fix: Send nothing /u),
      'chat: 2 faults; 3 frames of server-sent events, with a proper end',
    ]);
    expect((await judge(broken)).out).not.toContain('[OpenAI');
  });

  it('gives scripts JSON', async () => {
    const { code, out } = await judge(CHAT.replace('data: [DONE]\n\n', ''), '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      valid: false,
      streams: [{ protocol: 'chat', frames: 2, ending: 'open', faults: [{ frame: 2, rule: 'ending' }] }],
    });
  });

  it('says where it stopped counting', async () => {
    const many = 'data: {}\n\n'.repeat(300);
    expect((await judge(many, '--protocol', 'chat')).out).toMatch(/^chat: at least 200 faults; 300 frames/mu);
    expect(JSON.parse((await judge(many, '--protocol', 'chat', '--json')).out)).toMatchObject({
      streams: [{ faults_cut: true }],
    });
  });

  it('reads a file', async () => {
    const fake = createFakeWorld({ recordings: { 'chat.txt': CHAT } });
    expect(await fake.run('validate-stream', 'chat.txt', '--protocol', 'chat')).toBe(0);
    expect(await fake.run('validate-stream', 'other.txt')).toBe(2);
    expect(fake.said()).toContain('There is no file other.txt.');
  });

  it('takes off the heads that curl -i leaves, and judges the content type', async () => {
    const heads =
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n';
    expect(await rulesOf(heads + CHAT, '--strict')).toEqual([]);
    expect(await rulesOf(`HTTP/2 200 \ncontent-type: text/plain\n\n${CHAT}`)).toEqual(['content-type']);
    expect(await rulesOf(`HTTP/2 200 \n\n${CHAT}`)).toEqual(['content-type']);
    const aws = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\n\r\n');
    expect(await rulesOf(Buffer.concat([aws, BEDROCK]))).toEqual([]);
  });

  it('tells bytes that are no UTF-8', async () => {
    const [head = '', tail = ''] = CHAT.split('Hi');
    expect(await rulesOf(Buffer.concat([Buffer.from(head), Buffer.from([0xc3]), Buffer.from(tail)]))).toEqual(
      ['utf-8'],
    );
  });

  it('tells what is wrong with an AWS event stream', async () => {
    const flipped = Buffer.from(BEDROCK);
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    expect(await rulesOf(flipped)).toEqual(['ending', 'event-stream']);
    expect(await rulesOf(corpus('assumed/invoke/error-frame-stream.bin'))).toContain('event-stream-message');
  });

  it.each([
    ['nothing', '', 'The recording is empty.'],
    ['a whole answer', '{"id":"x"}', 'This is a whole answer, not a stream.'],
    ['an error', 'HTTP/1.1 404 Not Found\r\n\r\n{}', 'The answer is a 404, not a stream.'],
    ['other text', 'Hello there', 'No frame shows which protocol this is.'],
    [
      'the older completions',
      'data: {"object":"text_completion","choices":[]}\n\n',
      'This is a stream of the older completions.',
    ],
  ])('cannot judge %s', async (_what, recorded, told) => {
    const { code, out, said } = await judge(recorded);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(said).toContain(told);
  });

  it('asks for a file when nothing is piped in, and for a protocol that there is', async () => {
    const fake = createFakeWorld();
    expect(await fake.run('validate-stream')).toBe(2);
    expect(fake.said()).toContain('Give a file, or pipe a stream in');
    expect(await fake.run('validate-stream', '--protocol', 'grpc')).toBe(2);
  });

  it('reads no more than it has room for', async () => {
    const fake = createFakeWorld();
    const asked: number[] = [];
    const readRecording: ReadRecording = async (_path, bytesMax) => {
      asked.push(bytesMax);
      return { type: 'too-large' };
    };
    const options: ValidateOptions = {
      file: '-',
      protocol: undefined,
      strict: false,
      live: false,
      model: 'default',
      json: false,
      verbose: false,
    };
    expect(await runValidateStream(options, { ...fake.world, readRecording })).toBe(2);
    expect(asked).toEqual([64 * 1024 * 1024]);
    expect(fake.said()).toContain('larger than 64 MiB');
  });
});

/** Samples that are broken on purpose, since upstreams are: what the format says of them. */
const BROKEN_SAMPLES: Readonly<Record<string, readonly string[]>> = {
  'assumed/invoke/bad-checksum-stream.bin': ['ending', 'event-stream'],
  'assumed/invoke/cut-stream.bin': ['ending', 'event-stream'],
  'assumed/invoke/empty-events-stream.bin': ['stop-reason'],
  'assumed/invoke/empty-stream.bin': ['unusable: The recording is empty.'],
  'assumed/invoke/error-frame-stream.bin': ['ending', 'event-stream-message'],
  'assumed/invoke/exception-internal-stream.bin': ['error-shape'],
  'assumed/invoke/metrics-stream.bin': ['start-usage', 'delta-usage'],
  'assumed/invoke/no-stop-stream.bin': ['ending'],
  // The signature in two pieces: official clients keep the last alone.
  'assumed/invoke/thinking-stream.bin': ['signature-last'],
  'assumed/responses/cut-stream.sse': ['ending', 'unfinished-frame'],
  'assumed/responses/empty-stream.sse': ['unusable: The recording is empty.'],
  'assumed/responses/error-event-nested-stream.sse': ['sequence'],
  'assumed/responses/error-event-salesforce-stream.sse': ['data-json', 'ending'],
  'assumed/responses/last-event-only-stream.sse': ['output-same'],
  'assumed/responses/late-error-stream.sse': ['data-json', 'ending'],
  'assumed/responses/nameless-stream.sse': ['event-line'],
  'assumed/responses/tools-interleaved-stream.sse': ['part-still-open'],
};

describe('the corpus', () => {
  const paths = readdirSync(CORPUS, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(?:invoke\/.*\.bin|responses\/.*\.sse)$/u.test(path),
  );

  it.each(paths.toSorted())('%s is as valid as it is listed to be', async (path) => {
    const protocol = path.includes('/invoke/') ? 'messages' : 'responses';
    expect(await rulesOf(corpus(path), '--protocol', protocol)).toEqual(BROKEN_SAMPLES[path] ?? []);
  });

  it('has no sample on the list that is not there', () => {
    expect(Object.keys(BROKEN_SAMPLES).filter((path) => !paths.includes(path))).toEqual([]);
  });
});
