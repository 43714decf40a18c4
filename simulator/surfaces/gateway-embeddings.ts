// `/embeddings` and `/feedback` on the gateway (3.11). The reply shape of embeddings is not published: it is the classic
// one in snake case, as the reference assumes ([I L]).
import { embeddingOf } from '../embedding.ts';
import { jsonManner, refusal, replyHeaders } from '../failures.ts';
import { estimateTokens } from '../mind.ts';
import { bad, gatewayModel, matchGateway, readGatewayBody } from './gateway-body.ts';
import type { Context, Prepared, Staged, Surface } from './surface.ts';

/** Used when a request names no model, which this endpoint allows. */
const defaultModel: Readonly<Record<string, string>> = {
  '/ai/gpt/v1': 'sfdc_ai__DefaultOpenAITextEmbeddingAda_002',
  '/einstein/gpt/code/v1.1': 'llmgateway__OpenAITextEmbeddingAda_002',
};

const success = (context: Context, status: number, body: unknown): Staged => ({
  status,
  headers: replyHeaders(context, 'gateway'),
  frames: [{ kind: 'content', bytes: JSON.stringify(body) }],
});

function prepareEmbeddings(context: Context, parameters: Readonly<Record<string, string>>): Prepared {
  if (context.org.gatewayEmbeddings === 'not-found') throw refusal(context, 'gateway', 404);
  const body = readGatewayBody(context);
  const asked = body['model'] ?? defaultModel[parameters['base'] ?? ''];
  const model = gatewayModel(context, parameters['base'], asked, 'embeddings');
  const { input } = body;
  if (!Array.isArray(input) || input.some((text) => typeof text !== 'string')) {
    throw bad(context, 'input must be a list of strings');
  }
  const texts = input as string[];
  const tokens = texts.reduce((sum, text) => sum + estimateTokens(model.family, text.length), 0);
  const produce = (): Staged => {
    const usage =
      context.org.usage === 'present' ? { usage: { prompt_tokens: tokens, total_tokens: tokens } } : {};
    return success(context, 200, {
      embeddings: texts.map((text, index) => ({ embedding: embeddingOf(text), index })),
      parameters: { ...usage, model: model.vendorId, object: 'list' },
    });
  };
  return { model: typeof asked === 'string' ? asked : model.name, streaming: false, produce };
}

function prepareFeedback(context: Context): Prepared {
  const body = readGatewayBody(context);
  const { feedback, feedback_text: words } = body;
  if (feedback === undefined || feedback === null) {
    if (typeof words !== 'string' || words === '') throw bad(context, 'feedback_text: Field is required');
  } else if (feedback !== 'GOOD' && feedback !== 'BAD') throw bad(context, 'feedback must be GOOD or BAD');
  return {
    streaming: false,
    produce: () => success(context, 202, { message: 'Feedback received, Thank you!' }),
  };
}

export const gatewayEmbeddings: Surface = {
  name: 'gateway-embeddings',
  group: 'gateway',
  match: matchGateway('/embeddings'),
  manner: (context) => jsonManner(context, 'gateway'),
  prepare: prepareEmbeddings,
};

export const gatewayFeedback: Surface = {
  name: 'feedback',
  group: 'gateway',
  match: matchGateway('/feedback'),
  manner: (context) => jsonManner(context, 'gateway'),
  prepare: prepareFeedback,
};
