// `$fromAI` as workflow tools write it, and texts that only look like it.

import { describe, expect, it } from 'vitest';

import type { Tool } from '../../core/neutral/index.ts';
import { textCall } from '../../../test/fakes/pipeline-parts.ts';
import { fillDefaults, findPlaceholders, readPlaceholders } from './placeholders.ts';

describe('placeholders in a text', () => {
  it.each([
    ["{{ $fromAI('city') }}", ['city', undefined, undefined, undefined]],
    ["$fromAI('city', 'The city', 'string', 'Paris')", ['city', 'The city', 'string', 'Paris']],
    ['$fromAI("n","How many","number",3)', ['n', 'How many', 'number', 3]],
    ['$fromAI(`n`, ``, `number`, `3`)', ['n', undefined, 'number', 3]],
    ["$fromAI('on', '', 'boolean', 'true')", ['on', undefined, 'boolean', true]],
    ["$fromAI('a', 'it\\'s, (so)', 'string')", ['a', "it's, (so)", 'string', undefined]],
    ["$fromAI('a', 'cut", ['a', undefined, undefined, undefined]],
  ])('are read from %s', (text, [key, description, type, defaultValue]) => {
    expect(findPlaceholders(`before ${text} after`)).toEqual([{ key, description, type, defaultValue }]);
  });

  it.each(['$fromAI()', '$fromAI(key)', '$fromAI ("a")', 'fromAI("a")', '$fromAI("")'])(
    'are not seen in %s',
    (text) => {
      expect(findPlaceholders(text)).toEqual([]);
    },
  );

  it('are found one after another, and not without end', () => {
    expect(findPlaceholders('$fromAI("a") $fromAI("b")').map(({ key }) => key)).toEqual(['a', 'b']);
    expect(findPlaceholders('$fromAI("a")'.repeat(1_000)).length).toBeLessThanOrEqual(20);
  });
});

describe('defaults', () => {
  const property = { type: 'string', description: "$fromAI('city', 'The city', 'string', 'Paris')" };
  const tool: Tool = {
    name: 'flow',
    description: undefined,
    parameters: { properties: { city: property, other: {} }, required: ['city'] },
    strict: undefined,
  };
  const { defaults, explanation } = readPlaceholders(textCall({ tools: [tool] }));

  it('step in for a required argument that was left out, and for no other', () => {
    expect(explanation).toBeDefined();
    const filled = fillDefaults({ text: '{"other": 1.0}', value: { other: 1 } }, tool, defaults);
    expect(filled).toEqual({ text: '{"city":"Paris","other": 1.0}', value: { city: 'Paris', other: 1 } });
    const given = { text: '{"city":"Rome"}', value: { city: 'Rome' } };
    expect(fillDefaults(given, tool, defaults)).toBe(given);
  });

  it('are unknown to calls without a placeholder', () => {
    expect(readPlaceholders(textCall())).toEqual({ explanation: undefined, defaults: new Map() });
  });
});
