// Scenes of thinking: what a reply shows of it, and what its maker sees of it again on the next turn.

import { randomUUID } from 'node:crypto';

import type Anthropic from '@anthropic-ai/sdk';
import { expect } from 'vitest';

import { textOf, type Message } from './anthropic-clients.ts';
import { assistant, user, type Played, type Scene } from './anthropic-turns.ts';

/** The thinking a reply shows, and what its maker needs to see again. */
function thinkingOf(message: Message): { thinking: string; signature: string }[] {
  return message.content.flatMap((block) =>
    block.type === 'thinking' ? [{ thinking: block.thinking, signature: block.signature }] : [],
  );
}

async function playThinking(
  { ask, stage, surface }: Played,
  thinking: Anthropic.ThinkingConfigParam,
): Promise<readonly Message[]> {
  const nonce = randomUUID();
  const reasoning = `because of ${nonce}`;
  await stage.script({ match: { contains: nonce }, reply: { text: `so ${nonce}`, reasoning } });
  const messages = [user(`think about ${nonce}`)];
  const first = await ask({ messages, thinking });
  expect(textOf(first)).toBe(`so ${nonce}`);
  const shown = thinkingOf(first);
  // The classic surface takes no wish for it, and shows none.
  const isShown = surface !== 'chat-generations';
  expect(shown.map((block) => block.thinking)).toEqual(isShown ? [reasoning] : []);
  const again = randomUUID();
  messages.push(assistant(first.content), user(`and ${again}?`));
  await stage.script({ match: { contains: again }, reply: { text: `still ${again}` } });
  const second = await ask({ messages, thinking });
  expect(textOf(second)).toBe(`still ${again}`);
  const signature = shown[0]?.signature ?? '';
  // Nobody signs thinking elsewhere, and no field takes it back.
  expect(signature !== '').toBe(surface === 'invoke' || surface === 'responses');
  // What another vendor sealed travels with the maker's name before it, and goes back without.
  expect(await stage.lastUpstreamBody()).toContain(signature.replace(/^sealed:[a-z-]+:/, ''));
  return [first, second];
}

export const THINKING_SCENES: readonly Scene[] = [
  {
    name: 'thinking with a budget',
    play: (played) => playThinking(played, { type: 'enabled', budget_tokens: 1_024 }),
  },
  { name: 'adaptive thinking', play: (played) => playThinking(played, { type: 'adaptive' }) },
  {
    name: 'thinking switched off',
    async play({ ask, stage }) {
      const nonce = randomUUID();
      await stage.script({ match: { contains: nonce }, reply: { text: `so ${nonce}` } });
      const reply = await ask({ messages: [user(nonce)], thinking: { type: 'disabled' } });
      expect(reply.content).toMatchObject([{ type: 'text', text: `so ${nonce}` }]);
      return [reply];
    },
  },
];
