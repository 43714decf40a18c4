// Scene (c): one turn of a coding agent, a Messages body of about 120 KB with 25 tools, from the client's bytes to the bytes
// for Salesforce. Floor: parsing and stringifying that body once. Scene (e): the events of a stream, from Salesforce's frames
// to the client's; floor: a pipe that only unframes and writes.

import { createCatalogue } from '../src/salesforce/catalogue/index.ts';
import { createInvoke } from '../src/salesforce/surfaces/invoke/index.ts';
import type { Passthrough, SurfaceContext } from '../src/salesforce/surfaces/port.ts';
import { createEventStreamParser, formatEventStreamFrame } from '../src/core/wire/index.ts';
import type { EventStreamHeaders } from '../src/core/wire/index.ts';
import { createAnthropicMessages } from '../src/dialects/anthropic-messages/index.ts';
import type { GenerateOperation } from '../src/core/neutral/index.ts';
import type { DialectRequest, ReplyContext } from '../src/dialects/port.ts';
import { ratioOf } from './paired.ts';

const TURN_RATIO_MAX = 1.8;
const EVENT_RATIO_MAX = 1.6;
const TOOLS = 25;
const TURNS = 60;
const DELTAS = 2_000;
const FRAME_BYTES_MAX = 16 * 1024 * 1024;

function tool(index: number): object {
  const properties = Object.fromEntries(
    Array.from({ length: 12 }, (_, at) => [
      `field_${at}`,
      {
        type: at % 3 === 0 ? 'integer' : 'string',
        description: `What field ${at} of tool ${index} is for. `.repeat(3),
      },
    ]),
  );
  return {
    name: `tool_${index}`,
    description: `Does the work of tool ${index} and says what it did. `.repeat(12),
    input_schema: { type: 'object', properties, required: ['field_0'], additionalProperties: false },
  };
}

function turnBody(): Buffer {
  const messages: object[] = [{ role: 'user', content: 'Mend the parser.' }];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const id = `toolu_${turn}`;
    const input = { field_0: turn, field_1: `src/part-${turn}.ts` };
    messages.push(
      { role: 'assistant', content: [{ type: 'tool_use', id, name: `tool_${turn % TOOLS}`, input }] },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: id, content: `line ${turn} of the file\n`.repeat(20) }],
      },
    );
  }
  const body = {
    model: 'claude-sonnet-4-6',
    max_tokens: 8_000,
    stream: true,
    system: [{ type: 'text', text: 'You mend programs. '.repeat(300), cache_control: { type: 'ephemeral' } }],
    tools: Array.from({ length: TOOLS }, (_, index) => tool(index)),
    messages,
  };
  return Buffer.from(JSON.stringify(body));
}

function createContext(): SurfaceContext {
  const found = createCatalogue().resolve('claude-sonnet-4-6');
  if (found.type !== 'found') throw new Error('the catalogue lost its model');
  return {
    model: found.model,
    stream: true,
    maxOutputTokens: 8_000,
    trust: { piiMasking: undefined, localization: undefined },
    adaptations: new Set(),
    newId: () => '0123456789abcdef01234567',
  };
}

const surface = createInvoke();
const dialect = createAnthropicMessages();

function passthroughOf(): Passthrough {
  if (surface.passthrough === undefined) throw new Error('the surface lost its passthrough');
  return surface.passthrough;
}

function decode(body: Buffer): GenerateOperation {
  const request: DialectRequest = {
    method: 'POST',
    route: '/v1/messages',
    rest: '',
    query: '',
    headers: {},
    body,
  };
  const operation = dialect.decode(request);
  if (operation.type !== 'generate') throw new Error('the body is not a message');
  return operation;
}

/** Whether the promise was kept. */
export function playAgentTurn(pairs: number): boolean {
  const body = turnBody();
  const context = createContext();
  const passthrough = passthroughOf();
  const floor = { name: 'parse and stringify', run: () => void JSON.stringify(JSON.parse(body.toString())) };
  const passing = {
    name: 'passthrough',
    run: () => {
      const operation = decode(body);
      if (operation.native === undefined) throw new Error('the operation has no native body');
      passthrough.encode(operation.native.body, operation.call, context);
    },
  };
  const translating = { name: 'translation', run: () => void surface.encode(decode(body).call, context) };
  process.stdout.write(`scene c: ${body.length} bytes, ${TOOLS} tools\n`);
  const passed = ratioOf(passing, floor, pairs);
  process.stdout.write(
    `${passed.told} (allowed ${TURN_RATIO_MAX})\n${ratioOf(translating, floor, pairs).told}\n`,
  );
  return passed.ratio <= TURN_RATIO_MAX;
}

const CHUNK: EventStreamHeaders = new Map([
  [':event-type', { type: 'string', value: 'chunk' }],
  [':content-type', { type: 'string', value: 'application/json' }],
  [':message-type', { type: 'string', value: 'event' }],
]);

function frame(event: object): Uint8Array {
  const bytes = Buffer.from(JSON.stringify(event)).toString('base64');
  return formatEventStreamFrame(CHUNK, Buffer.from(JSON.stringify({ bytes, p: 'abcdefghij' })));
}

function streamBytes(): Buffer {
  const usage = {
    input_tokens: 10,
    output_tokens: 1,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-6',
    content: [],
  };
  const delta = (index: number): object => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: `word ${index} ` },
  });
  return Buffer.concat([
    frame({ type: 'message_start', message: { ...message, stop_reason: null, stop_sequence: null, usage } }),
    frame({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    ...Array.from({ length: DELTAS }, (_, index) => frame(delta(index))),
    frame({ type: 'content_block_stop', index: 0 }),
    frame({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: DELTAS },
    }),
    frame({ type: 'message_stop' }),
  ]);
}

/** The least that turns one framing into the other: unframe, base64, write. */
function pipeStream(bytes: Buffer, write: (text: string) => void): void {
  const parser = createEventStreamParser({
    frameBytesMax: FRAME_BYTES_MAX,
    onFrame(_headers, payload) {
      const envelope: { bytes: string } = JSON.parse(Buffer.from(payload).toString());
      const event = Buffer.from(envelope.bytes, 'base64').toString();
      write(`event: ${event.slice(9, event.indexOf('"', 9))}\ndata: ${event}\n\n`);
    },
  });
  parser.push(bytes);
  parser.end();
}

/** Whether the promise was kept. */
export function playStreams(pairs: number): boolean {
  const bytes = streamBytes();
  const context = createContext();
  const passthrough = passthroughOf();
  const { call } = decode(turnBody());
  const head = { status: 200, headers: { 'content-type': 'application/vnd.amazon.eventstream' } };
  const reply: ReplyContext = {
    newId: context.newId,
    createdS: 0,
    call,
    streamUsage: false,
    inputTokensEstimate: 1,
  };
  let written = 0;
  const write = (text: string): void => {
    written += text.length;
  };
  const floor = { name: `pipe of ${DELTAS} events`, run: () => pipeStream(bytes, write) };
  const passing = {
    name: 'passthrough',
    run: () => {
      const client = dialect.openStream(reply, { write });
      const decoder = passthrough.openStream(head, context);
      const sink = {
        event: () => undefined,
        frame: client.pushFrame?.bind(client) ?? (() => undefined),
        fail: () => undefined,
      };
      client.open();
      decoder.push(bytes, sink);
      decoder.end(sink);
      client.end();
    },
  };
  process.stdout.write(`scene e: ${DELTAS} events\n`);
  const passed = ratioOf(passing, floor, pairs);
  process.stdout.write(`${passed.told} (allowed ${EVENT_RATIO_MAX})\n`);
  if (written === 0) throw new Error('nothing was written');
  return passed.ratio <= EVENT_RATIO_MAX;
}
