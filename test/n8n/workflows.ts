// n8n's workflows for one protocol: an agent with a tool, a tool whose values the model chooses by `$fromAI`, an agent and a
// chain with an output parser, each behind a webhook that takes prompt and model, and an agent that streams behind a chat
// trigger. All in one workflow, so that n8n has one to publish.

export type Protocol = 'chat' | 'responses' | 'messages';

/** Where the gateway is, as a credential of n8n tells it. */
export type Credential = {
  readonly id: string;
  readonly name: string;
  readonly type: 'openAiApi' | 'anthropicApi';
  readonly data: Readonly<Record<string, unknown>>;
};

/** Ends of the webhooks' paths. */
export const HOOKS = ['tool', 'fromai', 'agent-parser', 'chain-parser'] as const;
export type Hook = (typeof HOOKS)[number];

export type WorkflowPlan = {
  /** Also the beginning of its webhooks' paths. */
  readonly id: string;
  readonly protocol: Protocol;
  readonly credential: Credential;
  /** What the tool with `$fromAI` asks. */
  readonly weatherUrl: string;
};

type Node = {
  readonly name: string;
  readonly type: string;
  readonly typeVersion: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly webhookId?: string;
  readonly credentials?: object;
};

const LANGCHAIN = '@n8n/n8n-nodes-langchain';

/** What the model is told of the values it chooses, and what stands in for the second. */
export const FROM_AI = { city: 'Which city the weather is for', days: 'For how many days', daysDefault: 3 };

/** What the parsers ask for. */
const PARSED_SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, degrees: { type: 'number' } },
  required: ['city', 'degrees'],
};

export function credentialOf(
  id: string,
  protocol: Protocol,
  gateway: { readonly url: string; readonly clientKey: string },
): Credential {
  const data = { apiKey: gateway.clientKey, header: false };
  return protocol === 'messages'
    ? { id, name: id, type: 'anthropicApi', data: { ...data, url: gateway.url } }
    : { id, name: id, type: 'openAiApi', data: { ...data, url: `${gateway.url}/v1` } };
}

/** As `n8n import:workflow` takes it. */
export function workflowOf(plan: WorkflowPlan): object {
  const nodes = [...modelNodes(plan), ...toolNodes(plan), ...parserNodes(plan), ...chatNodes(plan)];
  return {
    id: plan.id,
    name: plan.id,
    active: false,
    // As its editor sets it: in the older order an agent goes on before its tools have run.
    settings: { executionOrder: 'v1' },
    nodes: nodes.map((node, index) => nodeAt(plan.id, node, index)),
    connections: CONNECTIONS,
  };
}

const nodeAt = (workflow: string, node: Node, index: number): object => ({
  id: `${workflow}-${index}`,
  position: [0, index * 100],
  ...node,
});

const hookName = (hook: Hook): string => `On ${hook}`;
const toolName = 'Weather';

function hookNode(plan: WorkflowPlan, hook: Hook): Node {
  const path = `${plan.id}-${hook}`;
  const parameters = { httpMethod: 'POST', path, responseMode: 'lastNode', options: {} };
  return {
    name: hookName(hook),
    type: 'n8n-nodes-base.webhook',
    typeVersion: 2.1,
    parameters,
    webhookId: path,
  };
}

const agentNode = (name: string, parameters: object): Node => ({
  name,
  type: `${LANGCHAIN}.agent`,
  typeVersion: 3.1,
  parameters: { promptType: 'define', text: '={{ $json.body.prompt }}', options: {}, ...parameters },
});

/** One for all agents; which model is in what the trigger was told. */
function modelNodes({ protocol, credential }: WorkflowPlan): readonly Node[] {
  const model = { __rl: true, mode: 'id', value: '={{ $json.body ? $json.body.model : $json.model }}' };
  const credentials = { [credential.type]: { id: credential.id, name: credential.name } };
  if (protocol === 'messages') {
    const type = `${LANGCHAIN}.lmChatAnthropic`;
    return [{ name: 'Model', type, typeVersion: 1.6, parameters: { model, options: {} }, credentials }];
  }
  // Responses is what the node does unless told otherwise.
  const parameters = {
    model,
    options: { maxRetries: 0 },
    ...(protocol === 'chat' ? { responsesApiEnabled: false } : {}),
  };
  return [{ name: 'Model', type: `${LANGCHAIN}.lmChatOpenAi`, typeVersion: 1.3, parameters, credentials }];
}

function toolNodes(plan: WorkflowPlan): readonly Node[] {
  const chosen = [
    { name: 'city', value: `={{ $fromAI('city', '${FROM_AI.city}', 'string') }}` },
    { name: 'days', value: `={{ $fromAI('days', '${FROM_AI.days}', 'number', ${FROM_AI.daysDefault}) }}` },
  ];
  return [
    hookNode(plan, 'tool'),
    agentNode('Agent with a tool', {}),
    { name: 'Calculator', type: `${LANGCHAIN}.toolCalculator`, typeVersion: 1, parameters: {} },
    hookNode(plan, 'fromai'),
    agentNode('Agent with $fromAI', {}),
    {
      name: toolName,
      type: 'n8n-nodes-base.httpRequestTool',
      typeVersion: 4.2,
      parameters: {
        toolDescription: 'The weather of a city',
        url: plan.weatherUrl,
        sendQuery: true,
        queryParameters: { parameters: chosen },
        options: {},
      },
    },
  ];
}

function parserNodes(plan: WorkflowPlan): readonly Node[] {
  return [
    hookNode(plan, 'agent-parser'),
    agentNode('Agent with a parser', { hasOutputParser: true }),
    hookNode(plan, 'chain-parser'),
    {
      name: 'Chain with a parser',
      type: `${LANGCHAIN}.chainLlm`,
      typeVersion: 1.9,
      parameters: { promptType: 'define', text: '={{ $json.body.prompt }}', hasOutputParser: true },
    },
    {
      name: 'Parser',
      type: `${LANGCHAIN}.outputParserStructured`,
      typeVersion: 1.3,
      parameters: { schemaType: 'manual', inputSchema: JSON.stringify(PARSED_SCHEMA) },
    },
  ];
}

function chatNodes({ id }: WorkflowPlan): readonly Node[] {
  return [
    {
      name: 'On a chat message',
      type: `${LANGCHAIN}.chatTrigger`,
      typeVersion: 1.3,
      parameters: { public: true, options: { responseMode: 'streaming' } },
      webhookId: `${id}-stream`,
    },
    agentNode('Agent that streams', {
      promptType: 'auto',
      text: undefined,
      options: { enableStreaming: true },
    }),
  ];
}

const to = (kind: string, ...names: readonly string[]): object => ({
  [kind]: [names.map((node) => ({ node, type: kind, index: 0 }))],
});

const CONNECTIONS = {
  [hookName('tool')]: to('main', 'Agent with a tool'),
  [hookName('fromai')]: to('main', 'Agent with $fromAI'),
  [hookName('agent-parser')]: to('main', 'Agent with a parser'),
  [hookName('chain-parser')]: to('main', 'Chain with a parser'),
  'On a chat message': to('main', 'Agent that streams'),
  Model: to(
    'ai_languageModel',
    'Agent with a tool',
    'Agent with $fromAI',
    'Agent with a parser',
    'Chain with a parser',
    'Agent that streams',
  ),
  Calculator: to('ai_tool', 'Agent with a tool', 'Agent that streams'),
  [toolName]: to('ai_tool', 'Agent with $fromAI'),
  Parser: to('ai_outputParser', 'Agent with a parser', 'Chain with a parser'),
};
