// What a scene of the Anthropic matrix is, and the turns it is made of.

import type Anthropic from '@anthropic-ai/sdk';

import type { Ask, Message } from './anthropic-clients.ts';
import type { PlayedBy, SceneOf } from './matrix.ts';

type Given = { readonly ask: Ask };
export type Played = PlayedBy<Given>;
export type Scene = SceneOf<Given, Message>;

export const user = (content: Anthropic.MessageParam['content']): Anthropic.MessageParam => ({
  role: 'user',
  content,
});
export const assistant = (content: Anthropic.MessageParam['content']): Anthropic.MessageParam => ({
  role: 'assistant',
  content,
});
