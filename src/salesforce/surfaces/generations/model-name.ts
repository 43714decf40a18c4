// Which name a base path knows a model by (reference 3.3, 4): `sfdc_ai__Default...` on `/ai/gpt/v1`, and on the code
// base `llmgateway__{Provider}{Model}`, where the provider is never left out.

const API_PREFIX = 'sfdc_ai__Default';
const CODE_PREFIX = 'llmgateway__';
const NAMES_PROVIDER = /^(?:AzureOpenAI|OpenAI|Bedrock|VertexAI)/;

export function upstreamModelName(apiName: string, basePath: string): string {
  if (!basePath.startsWith('/einstein/gpt/code/') || !apiName.startsWith(API_PREFIX)) return apiName;
  const bare = apiName.slice(API_PREFIX.length);
  return `${CODE_PREFIX}${NAMES_PROVIDER.test(bare) ? '' : 'OpenAI'}${bare}`;
}
