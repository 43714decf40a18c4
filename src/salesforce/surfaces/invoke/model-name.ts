// Which name a base path knows a model by (reference 3.3, 4.1): `sfdc_ai__Default...` on `/ai/gpt/v1`, and on the code base
// `llmgateway__{Provider}{Model}`.

const API_PREFIX = 'sfdc_ai__Default';
const CODE_PREFIX = 'llmgateway__';

export function upstreamModelName(apiName: string, basePath: string): string {
  if (!basePath.startsWith('/einstein/gpt/code/') || !apiName.startsWith(API_PREFIX)) return apiName;
  return `${CODE_PREFIX}${apiName.slice(API_PREFIX.length)}`;
}
