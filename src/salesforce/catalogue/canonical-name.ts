// From the many spellings of a model's name to one: vendors date their ids, clouds put regions and providers before them,
// and some clients write dots where others write dashes.

/** Longer names are nobody's; what is done with a name is bounded by it. */
export const NAME_CHARACTERS_MAX = 200;

const REWRITES: readonly (readonly [RegExp, string])[] = [
  // `models/gemini-...`, `anthropic/claude-...`.
  [/^.*\//, ''],
  // Bedrock: `us.anthropic.claude-...-v1:0`, `amazon.nova-pro-v1:0`.
  [/^(?:[a-z-]{2,12}\.)?(?:anthropic|amazon|nvidia|openai|google)\./, ''],
  [/(?:-v\d+)?:\d+$/, ''],
  // Vertex: `claude-sonnet-4-5@20250929`, `gemini-2.5-flash-001`.
  [/@.*$/, ''],
  [/-v\d$/, ''],
  [/-(?:latest|preview|exp)(?:-.*)?$/, ''],
  [/-\d{4}-\d{2}-\d{2}$/, ''],
  [/-20\d{6}$/, ''],
  // `gpt-4-0613`, `gpt-3.5-turbo-0125`, `gemini-2.0-flash-001`.
  [/-(?:[01]\d{3}|00\d)$/, ''],
  [/\./g, '-'],
  // `claude-4.6-opus` for `claude-opus-4-6`; the third generation has its number first.
  [/^claude-([4-9])(?:-(\d))?-(opus|sonnet|haiku)$/, 'claude-$3-$1-$2'],
  // `claude-sonnet-4-0` is `claude-sonnet-4`.
  [/^(claude-(?:opus|sonnet)-4)-0$/, '$1'],
  [/-$/, ''],
];

export function canonicalName(name: string): string {
  let canonical = name.trim().slice(0, NAME_CHARACTERS_MAX).toLowerCase();
  for (const [pattern, replacement] of REWRITES) canonical = canonical.replace(pattern, replacement);
  return canonical;
}
