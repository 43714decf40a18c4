// What the models of the client matrices are scripted to say, where every client must show the same.

import { randomUUID } from 'node:crypto';

import type { OrgCase } from './orgs.ts';

/** Text that a careless escape, a cut between two bytes or a line break too many would spoil. */
export function oddText(): string {
  return `naïve 日本語 👩‍👩‍👧 \u{1F680} "quoted" \\ back\nline\ttab \u2028 ${randomUUID()}`;
}

/** Three calls in one reply, two of them of one tool. */
export function threeCalls(nonce: string) {
  return [
    { name: 'get_weather', arguments: { city: nonce } },
    { name: 'get_time', arguments: {} },
    { name: 'get_weather', arguments: { city: `not ${nonce}` } },
  ];
}

export const CACHED_USAGE = { input: 1_000, output: 50, cacheRead: 600, reasoning: 20 };
/** What each org tells of it in OpenAI's formats, which count cached tokens in the prompt, whoever made the model. */
export const COUNTED: Readonly<Record<OrgCase['org'], readonly [cached: number, reasoning: number]>> = {
  Claude: [600, 0],
  GPT: [600, 20],
  Gemini: [0, 0],
  'classic-only': [600, 0],
};
