// Holds the classic surface to Salesforce's own OpenAPI file (fixtures/), requests, replies and errors alike. Where the
// file is known to be wrong, the slip is listed by name and the file is corrected before use.
import { readFileSync } from 'node:fs';

import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import type { FreeJson, Reply } from '../test-client.ts';
import { ada, claude, gemini, gpt, TestOrg } from '../test-client.ts';

type Json = Record<string, FreeJson>;

const slips: readonly { readonly name: string; readonly correct: (schemas: Json) => void }[] = [
  {
    name: 'GenerationRepresentation requires "text", the field is generatedText (2.3)',
    correct: (schemas) => (schemas['GenerationRepresentation'].required = ['generatedText']),
  },
  {
    name: 'GenerationResponse.moreGenerations is null in practice without x-nullable (8 #24)',
    correct: (schemas) => (schemas['GenerationResponse'].properties.moreGenerations['x-nullable'] = true),
  },
];

/** `x-nullable` is what the file says for null; a JSON Schema validator wants it in the type. */
function withNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNulls);
  if (typeof value !== 'object' || value === null) return value;
  const result = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withNulls(item)]));
  if (result['x-nullable'] !== true) return result;
  if (Array.isArray(result['enum'])) result['enum'] = [...result['enum'], null];
  return { ...result, type: [result['type'], 'null'] };
}

const file = new URL('../fixtures/salesforce-models.openapi.yaml', import.meta.url);
const published = parse(readFileSync(file, 'utf8')) as Json;
const corrected = structuredClone(published);
for (const slip of slips) slip.correct(corrected['components'].schemas);

const validators = (source: Json): ((name: string) => ValidateFunction) => {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(withNulls(source) as Json, 'api');
  return (name) => {
    const validate = ajv.getSchema(`api#/components/schemas/${name}`);
    if (validate === undefined) throw new Error(`no schema ${name}`);
    return validate;
  };
};

const schemaNamed = validators(corrected);

function expectValid(name: string, value: unknown): void {
  const validate = schemaNamed(name);
  validate(value);
  expect(validate.errors ?? []).toEqual([]);
}

let org: TestOrg;
beforeAll(async () => {
  org = await TestOrg.open();
});
afterAll(() => org.close());

const base = '/einstein/platform/v1';
const localization = {
  defaultLocale: 'en_US',
  inputLocales: [{ locale: 'en_US', probability: 0.8 }],
  expectedLocales: ['en_US'],
};

const operations = [
  {
    path: 'chat-generations',
    request: 'ChatGenerationsRequest',
    reply: 'ChatGenerationsResponse',
    models: [gpt, claude, gemini],
    body: { messages: [{ role: 'user', content: 'x' }], localization, tags: { any: 1 } },
  },
  {
    path: 'generations',
    request: 'GenerationRequest',
    reply: 'GenerationResponse',
    models: [gpt, claude, gemini],
    body: { prompt: 'x', localization, tags: null },
  },
  {
    path: 'embeddings',
    request: 'EmbeddingRequest',
    reply: 'EmbeddingResponse',
    models: [ada],
    body: { input: ['x'], localization },
  },
];

describe('the published OpenAPI file', () => {
  it('has exactly the operations that are served (2.1, D)', () => {
    expect(Object.keys(published['paths']).sort()).toEqual([
      '/feedback',
      '/models/{modelName}/chat-generations',
      '/models/{modelName}/embeddings',
      '/models/{modelName}/generations',
    ]);
  });

  it.each(operations)('describes requests and replies of $path (2.3-2.5, D)', async (operation) => {
    expectValid(operation.request, operation.body);
    for (const model of operation.models) {
      const reply = await org.post(`${base}/models/${model}/${operation.path}`, operation.body);
      expect(reply.status).toBe(200);
      expectValid(operation.reply, reply.json);
    }
  });

  it('describes feedback (2.6, D)', async () => {
    const body = {
      id: 'a',
      generationId: 'b',
      feedback: null,
      feedbackText: 'words',
      appFeedback: { any: 1 },
    };
    expectValid('FeedbackRequest', body);
    expect((await org.post(`${base}/feedback`, body)).status).toBe(202);
  });

  it('refuses what the surface refuses as unreadable (2.9, O H)', async () => {
    const validate = schemaNamed('ChatGenerationsRequest');
    for (const content of [[{ type: 'text', text: 'x' }], 7]) {
      const body = { messages: [{ role: 'user', content }] };
      expect(validate(body)).toBe(false);
      expect((await org.post(`${base}/models/${gpt}/chat-generations`, body)).status).toBe(400);
    }
  });

  it('describes every error body, with the code and the words of its example (2.8, D)', async () => {
    const responses = published['components'].responses as Json;
    const examples: Record<number, string> = {
      401: 'UnauthorizedError',
      403: 'ForbiddenError',
      404: 'NotFoundError',
      423: 'ServerBusyError',
      429: 'TooManyRequestsError',
      500: 'InternalServerError',
      503: 'ServiceUnavailable',
    };
    for (const [status, name] of Object.entries(examples)) {
      await org.say({ match: {}, fault: { type: 'status', status: Number(status) } });
      const reply: Reply = await org.classic(gpt, 'x');
      expect(reply.status).toBe(Number(status));
      expectValid('Error', reply.json);
      expect(reply.json).toMatchObject(responses[name].content['application/json'].example);
    }
    expectValid('Error', (await org.classic(gpt, [])).json);
    expectValid('Error', (await org.classic(gpt, null)).json);
  });

  it.each(slips)('is really wrong where it is corrected: $name', async ({ correct }) => {
    const others = structuredClone(published);
    for (const slip of slips) if (slip.correct !== correct) slip.correct(others['components'].schemas);
    const reply = await org.post(`${base}/models/${gpt}/generations`, { prompt: 'x' });
    expect(validators(others)('GenerationResponse')(reply.json)).toBe(false);
  });
});
