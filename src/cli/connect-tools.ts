// What each tool has to be told to use the gateway, as data: lines to copy, and for some the file that holds them. Facts
// about the tools, each seen with the tool itself where it could be run.

import { join } from 'node:path';

import { formatToml, mergeJsonObject, mergeToml, type MergeFault } from './connect-files.ts';

export type Connection = {
  readonly url: string;
  /** What the tool presents; `NO_KEY` where the gateway asks for nothing. */
  readonly key: string;
  readonly model: string;
  /** A private authority of the gateway's certificate, which the tool must be told. */
  readonly caFile?: string | undefined;
};

export type ToolFile = {
  readonly path: string;
  /** The connection's key is written into it, one that opens something. */
  readonly holdsKey: boolean;
  merge(text: string | undefined): string | MergeFault;
};

/** The protocol that the tool speaks, which is what a test of it calls. */
export type ToolProtocol = 'messages' | 'responses' | 'chat';

export type Tool = {
  readonly title: string;
  readonly protocol: ToolProtocol;
  /** Asked for unless another one is named; the first that the gateway has. */
  readonly models: readonly string[];
  /** What to do with `lines`. */
  readonly where: string;
  lines(connection: Connection): string;
  /** Undefined where the tool keeps its settings where no file can be merged. */
  file?(connection: Connection, place: ToolPlace): ToolFile;
  /** What is left to be done by hand. */
  after?(connection: Connection): string;
};

export type ToolPlace = {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
};

export const NO_KEY = 'any';
const CLAUDE = ['claude-sonnet-4-6', 'claude-sonnet-4-5'];
const GPT = ['gpt-5.4', 'gpt-5', 'gpt-4o'];
const CODEX_KEY = 'FORCEGATE_KEY';
/** Said by a gateway on loopback, where a container does not reach it. */
const FROM_A_CONTAINER =
  'From a container the gateway is at http://host.docker.internal:PORT: set "host", "client_keys" and "allowed_hosts" for that.';

const json = (value: unknown): string => JSON.stringify(value, undefined, 2);

const claudeEnvironment = ({ url, key, model, caFile }: Connection): Readonly<Record<string, string>> => ({
  ANTHROPIC_BASE_URL: url,
  ANTHROPIC_AUTH_TOKEN: key,
  ANTHROPIC_MODEL: model,
  ...(caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: caFile }),
});

const codexTop = ({ model }: Connection): Readonly<Record<string, string>> => ({
  model,
  model_provider: 'forcegate',
});

const codexTable = ({ url, key }: Connection) => ({
  name: 'model_providers.forcegate',
  members: {
    name: 'Forcegate',
    base_url: `${url}/v1`,
    wire_api: 'responses',
    // The key itself stays out of the file: Codex reads it from the environment.
    ...(key === NO_KEY ? {} : { env_key: CODEX_KEY }),
  },
});

export const TOOLS = {
  'claude-code': {
    title: 'Claude Code',
    protocol: 'messages',
    models: CLAUDE,
    where: 'into ~/.claude/settings.json:',
    lines: (connection) => json({ env: claudeEnvironment(connection) }),
    file: (connection, { home, env }) => ({
      path: join(env['CLAUDE_CONFIG_DIR'] ?? join(home, '.claude'), 'settings.json'),
      holdsKey: connection.key !== NO_KEY,
      merge: (text) => mergeJsonObject(text, 'env', claudeEnvironment(connection)),
    }),
    after: () => 'Then: claude',
  },
  codex: {
    title: 'Codex',
    protocol: 'responses',
    models: GPT,
    where: 'into ~/.codex/config.toml:',
    lines: (connection) => formatToml(codexTop(connection), codexTable(connection)).trimEnd(),
    file: (connection, { home, env }) => ({
      path: join(env['CODEX_HOME'] ?? join(home, '.codex'), 'config.toml'),
      holdsKey: false,
      merge: (text) => mergeToml(text, codexTop(connection), codexTable(connection)),
    }),
    after: ({ key }) =>
      key === NO_KEY ? 'Then: codex' : `Then: export ${CODEX_KEY}=... (the key), and: codex`,
  },
  n8n: {
    title: 'n8n',
    protocol: 'chat',
    models: CLAUDE,
    where:
      'into a file, then: n8n import:credentials --input=FILE (or by hand: Credentials > OpenAI, its Base URL):',
    lines: ({ url, key }) =>
      json([
        {
          id: 'forcegate',
          name: 'Forcegate',
          type: 'openAiApi',
          data: { apiKey: key, url: `${url}/v1`, header: false },
        },
      ]),
    after: ({ model }) => `In the OpenAI Chat Model node choose the model ${model}. ${FROM_A_CONTAINER}`,
  },
  'open-webui': {
    title: 'Open WebUI',
    protocol: 'chat',
    models: CLAUDE,
    where: 'into its environment, before its first start (later: Admin Settings > Connections > OpenAI API):',
    lines: ({ url, key }) => `OPENAI_API_BASE_URL=${url}/v1\nOPENAI_API_KEY=${key}\nENABLE_OLLAMA_API=false`,
    after: () => FROM_A_CONTAINER,
  },
  langchain: {
    title: 'LangChain',
    protocol: 'chat',
    models: CLAUDE,
    where: 'in Python (pip install langchain-openai):',
    lines: ({ url, key, model }) =>
      `from langchain_openai import ChatOpenAI\nmodel = ChatOpenAI(base_url="${url}/v1", api_key="${key}", model="${model}")\nprint(model.invoke("Hello").content)`,
    after: ({ url, key, model }) =>
      `In JavaScript (npm install @langchain/openai):\nimport { ChatOpenAI } from '@langchain/openai';\nconst model = new ChatOpenAI({ model: '${model}', apiKey: '${key}', configuration: { baseURL: '${url}/v1' } });`,
  },
  openai: {
    title: 'the OpenAI SDKs',
    protocol: 'chat',
    models: CLAUDE,
    where: 'into the environment of your program:',
    lines: ({ url, key }) => `OPENAI_BASE_URL=${url}/v1\nOPENAI_API_KEY=${key}`,
    after: ({ model }) => `Ask for the model ${model}.`,
  },
  vscode: {
    title: 'VS Code (1.122 or newer)',
    protocol: 'chat',
    models: CLAUDE,
    where:
      'into chatLanguageModels.json (Chat: Manage Language Models > Add Models > Custom Endpoint opens it, and asks for the key):',
    lines: ({ url, model }) =>
      json([
        {
          name: 'Forcegate',
          vendor: 'customendpoint',
          models: [
            {
              id: model,
              name: `${model} (Forcegate)`,
              url: `${url}/v1/chat/completions`,
              apiType: 'chat-completions',
              toolCalling: true,
              vision: true,
              maxInputTokens: 128_000,
              maxOutputTokens: 8192,
            },
          ],
        },
      ]),
    after: ({ key }) => `Its key: ${key}`,
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

export const TOOL_NAMES = Object.keys(TOOLS) as readonly ToolName[];
