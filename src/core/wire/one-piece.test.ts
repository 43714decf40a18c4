// Joined text is the same text.

import { expect, it } from 'vitest';

import { onePiece } from './one-piece.ts';

it('joins two texts as + does', () => {
  expect(onePiece('chatcmpl-', '0123456789abcdef')).toBe('chatcmpl-0123456789abcdef');
  expect(onePiece('', '')).toBe('');
});
