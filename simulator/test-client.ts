// A plain client for the simulator's own tests: opens an org on free ports, logs in, sends exactly what it is told to.
// Speaks HTTP through undici and hides nothing: statuses, headers and bytes come back as they were.
import { readFileSync } from 'node:fs';

import { EventStreamCodec } from '@smithy/eventstream-codec';
import { Agent, request } from 'undici';

import type { OrgState } from './org.ts';
import type { SimulatorAddress, SimulatorOptions } from './simulator.ts';
import { createSimulator } from './simulator.ts';

/** JSON that a test looks into without saying its shape first. */
export type FreeJson = ReturnType<typeof JSON.parse>;

export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  readonly text: string;
  readonly json: FreeJson;
};

export type Frame = { readonly event: string | undefined; readonly data: string };

export const gpt = 'sfdc_ai__DefaultGPT54';
export const claude = 'sfdc_ai__DefaultBedrockAnthropicClaude46Sonnet';
export const gemini = 'sfdc_ai__DefaultVertexAIGemini25Flash001';
export const ada = 'sfdc_ai__DefaultOpenAITextEmbeddingAda_002';

const modelHeaders: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  'x-sfdc-app-context': 'EinsteinGPT',
  'x-client-feature-id': 'ai-platform-models-connected-app',
};

export const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2 } },
      required: ['city', 'days'],
    },
  },
};

export const now = { type: 'function', function: { name: 'get_time', parameters: { type: 'object' } } };

/** Splits an event stream into its frames; data that is JSON can be parsed by the test. */
export const framesOf = (text: string): Frame[] =>
  text
    .split('\n\n')
    .filter((block) => block.trim() !== '')
    .map((block) => ({
      event: /^event: (.*)$/mu.exec(block)?.[1],
      data: /^data: (.*)$/mu.exec(block)?.[1] ?? '',
    }));

/** A frame of an AWS event stream, its payload and, where it carries one, the vendor event in it. */
export type BinaryFrame = {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: FreeJson;
  readonly event: FreeJson;
};

const parsed = (text: string): FreeJson => (text === '' ? undefined : JSON.parse(text));

/** Decodes an event stream with the published codec, which checks both checksums of every frame. */
export function binaryFramesOf(bytes: Buffer): BinaryFrame[] {
  const codec = new EventStreamCodec(
    (encoded) => Buffer.from(encoded as Uint8Array).toString('utf8'),
    (text) => Buffer.from(text, 'utf8'),
  );
  const frames: BinaryFrame[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    const message = codec.decode(bytes.subarray(at, at + bytes.readUInt32BE(at)));
    const headers = Object.fromEntries(
      Object.entries(message.headers).map(([name, header]) => [name, String(header.value)]),
    );
    const payload = parsed(Buffer.from(message.body).toString('utf8'));
    const carried =
      payload?.bytes === undefined ? undefined : Buffer.from(payload.bytes, 'base64').toString();
    frames.push({ headers, payload, event: parsed(carried ?? '') });
  }
  return frames;
}

export const eventsOf = (bytes: Buffer): FreeJson[] => binaryFramesOf(bytes).map((frame) => frame.event);

/** The tools above as Anthropic and as Responses have them. */
export const anthropicTool = (tool: typeof weather | typeof now): FreeJson => ({
  name: tool.function.name,
  input_schema: tool.function.parameters,
});
export const flatTool = (tool: typeof weather | typeof now): FreeJson => ({
  type: 'function',
  ...tool.function,
});

export class TestOrg {
  readonly address: SimulatorAddress;
  readonly #agent: Agent;
  readonly #close: () => Promise<void>;
  #token = '';

  private constructor(address: SimulatorAddress, agent: Agent, close: () => Promise<void>) {
    this.address = address;
    this.#agent = agent;
    this.#close = close;
  }

  /** Plain HTTP unless the options say otherwise: certificates are not what most tests are about. */
  static async open(options: SimulatorOptions = {}): Promise<TestOrg> {
    const simulator = createSimulator({ tls: false, ...options });
    const address = await simulator.open();
    const connect = address.caFile === undefined ? {} : { ca: readFileSync(address.caFile) };
    const agent = new Agent({ connect, allowH2: options.http2 === true });
    const org = new TestOrg(address, agent, () => simulator.close());
    return org;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
    await this.#close();
  }

  async send(
    method: string,
    url: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): Promise<Reply> {
    const sent =
      body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const reply = await request(url, {
      method: method as 'POST',
      headers: { ...headers },
      dispatcher: this.#agent,
      ...(sent === undefined ? {} : { body: sent }),
      ...(signal === undefined ? {} : { signal }),
    });
    const bytes = Buffer.from(await reply.body.arrayBuffer());
    const text = bytes.toString('utf8');
    return {
      status: reply.statusCode,
      headers: reply.headers,
      bytes,
      text,
      get json() {
        return JSON.parse(text) as unknown;
      },
    };
  }

  async login(form: Readonly<Record<string, string>> = {}, headers = {}): Promise<Reply> {
    const { consumerKey, consumerSecret, loginUrl } = this.address;
    const fields = {
      grant_type: 'client_credentials',
      client_id: consumerKey,
      client_secret: consumerSecret,
      ...form,
    };
    const kept = Object.entries(fields).filter(([, value]) => value !== '');
    return this.send('POST', `${loginUrl}/services/oauth2/token`, new URLSearchParams(kept).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    });
  }

  async token(): Promise<string> {
    if (this.#token === '') this.#token = (await this.login()).json.access_token;
    return this.#token;
  }

  /** A call to the model host with a good token and the headers; `headers` override them, and '' leaves one out. */
  async post(
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): Promise<Reply> {
    const all = { ...modelHeaders, authorization: `Bearer ${await this.token()}`, ...headers };
    const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
    return this.send('POST', this.address.modelUrl + path, body, kept, signal);
  }

  async classic(model: string, content: unknown, rest = {}): Promise<Reply> {
    return this.post(`/einstein/platform/v1/models/${model}/chat-generations`, {
      messages: [{ role: 'user', content }],
      ...rest,
    });
  }

  /** One user message on the gateway; `rest` adds to the body or overrides it. */
  async chat(model: string, content: unknown, rest = {}, headers = {}): Promise<Reply> {
    const body = { model, messages: [{ role: 'user', content }], generation_settings: {}, ...rest };
    return this.post('/ai/gpt/v1/chat/generations', body, headers);
  }

  async stream(model: string, content: unknown, rest = {}): Promise<Frame[]> {
    return framesOf((await this.streamReply(model, content, rest)).text);
  }

  async streamReply(model: string, content: unknown, rest = {}, signal?: AbortSignal): Promise<Reply> {
    const body = { model, messages: [{ role: 'user', content }], generation_settings: {}, ...rest };
    return this.post('/ai/gpt/v1/chat/generations/stream', body, {}, signal);
  }

  /** One user message on `invoke`; `rest` adds to the body or overrides it. */
  async invoke(content: unknown, rest = {}, model = claude, operation = 'invoke'): Promise<Reply> {
    const body = {
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 4000,
      messages: [{ role: 'user', content }],
      ...rest,
    };
    return this.post(`/ai/gpt/v1/model/${encodeURIComponent(model)}/${operation}`, body);
  }

  async invokeStream(content: unknown, rest = {}, model = claude): Promise<Reply> {
    return this.invoke(content, rest, model, 'invoke-with-response-stream');
  }

  /** `/responses`; `rest` adds to the body or overrides it. */
  async responses(input: unknown, rest = {}, model = gpt): Promise<Reply> {
    return this.post('/ai/gpt/v1/responses', { model, input, ...rest });
  }

  async control(method: string, path: string, body?: unknown, headers = {}): Promise<Reply> {
    return this.send(method, `${this.address.modelUrl}/__simulator${path}`, body, headers);
  }

  /** Changes the org and gives its answer away only when it was refused. */
  async set(change: Partial<OrgState>): Promise<void> {
    const reply = await this.control('PATCH', '/org', change);
    if (reply.status !== 200) throw new Error(reply.text);
  }

  async say(...replies: unknown[]): Promise<void> {
    const reply = await this.control('POST', '/replies', replies);
    if (reply.status !== 200) throw new Error(reply.text);
  }

  /** Everything back to the start; the token, which a reset leaves good, is kept. */
  async reset(): Promise<void> {
    await this.control('DELETE', '');
  }
}
