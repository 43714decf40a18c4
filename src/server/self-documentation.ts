// What the gateway says of itself: the guide that a GET on the chat path gives, as the predecessor's did, and the OpenAPI
// document made from the routes there are.

import type { Dialect } from '../dialects/port.ts';

const DESCRIPTION = "One base URL that lets every AI tool use the models behind Salesforce's Trust Layer.";

/** For people who open the path in a browser to see whether it is there. */
export function chatGuide(): unknown {
  return {
    endpoint: '/v1/chat/completions',
    method: 'POST',
    description: 'Chat completions, whole or streamed.',
    supported_models: 'GET /v1/models',
    parameters: {
      model: 'required: one of GET /v1/models',
      messages: 'required: at least one message with role and content',
      stream: 'default false',
      max_completion_tokens:
        "default the model's cap or 8192, whichever is less, where a surface demands one",
      temperature: "default the model's own",
      tools: 'functions the model may call',
      tool_choice: 'default "auto"; also "none", "required", or one function by name',
      response_format: 'default text; also a JSON schema',
    },
    example: {
      model: 'default',
      messages: [{ role: 'user', content: 'Hello' }],
    },
  };
}

const OPERATOR = {
  '/livez': 'The process lives.',
  '/readyz': 'Whether requests can be served, and to the operator why not.',
  '/health': 'The same with details, for the operator.',
  '/metrics': 'Prometheus metrics, for the operator.',
  '/metrics/performance': "Token cache and response times under the predecessor's names, for the operator.",
  '/v1/performance/metrics': "Requests and connections under the predecessor's names, for the operator.",
} as const;

/** OpenAPI writes a part of a path that varies in braces. */
const pathOf = (route: string): string => route.replace('*', '{name}');

/** Paths, methods and who may call; the bodies are those of the protocols, which publish their own. */
export function createOpenApi(dialects: readonly Dialect[], version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { id, routes } of dialects) {
    for (const { method, path } of routes) {
      const entry = (paths[pathOf(path)] ??= path.includes('*')
        ? { parameters: [{ name: 'name', in: 'path', required: true, schema: { type: 'string' } }] }
        : {});
      entry[method.toLowerCase()] ??= {
        summary: id,
        tags: [id],
        ...(method === 'POST'
          ? {
              requestBody: {
                required: true,
                content: { 'application/json': { schema: { type: 'object' } } },
              },
            }
          : {}),
        responses: {
          200: { description: 'The answer.' },
          default: { description: 'An error of this protocol.' },
        },
      };
    }
  }
  for (const [path, summary] of Object.entries(OPERATOR))
    paths[path] = { get: { summary, tags: ['operator'], responses: { 200: { description: summary } } } };
  return {
    openapi: '3.1.0',
    info: { title: 'Forcegate', version, description: DESCRIPTION },
    security: [{ key: [] }],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    paths,
  };
}
