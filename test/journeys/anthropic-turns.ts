// What a scene of the Anthropic matrix is, and the turns it is made of.

import type Anthropic from '@anthropic-ai/sdk';

import type { Ask, Message } from './anthropic-clients.ts';
import type { OrgCase } from './orgs.ts';
import type { Stage } from './stage.ts';

type Surface = OrgCase['surface'];

export type Played = {
  readonly ask: Ask;
  readonly stage: Stage;
  /** Where the calls must go. */
  readonly surface: Surface;
  readonly org: OrgCase['org'];
};
export type Scene = {
  readonly name: string;
  /** Gives the replies it got, oldest first. */
  readonly play: (played: Played) => Promise<readonly Message[]>;
  /** Where the calls go instead, for an org whose usual surface does not carry what the scene needs. */
  readonly elsewhere?: Partial<Record<OrgCase['org'], Surface>>;
};

export const user = (content: Anthropic.MessageParam['content']): Anthropic.MessageParam => ({
  role: 'user',
  content,
});
export const assistant = (content: Anthropic.MessageParam['content']): Anthropic.MessageParam => ({
  role: 'assistant',
  content,
});
