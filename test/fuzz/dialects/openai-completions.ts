// Older completions for the fuzz: one prompt or several, with every setting; and what no reading of the format allows.

import type { Chance } from '../../faults/schedule.ts';
import {
  drop,
  many,
  maybe,
  set,
  type DialectGenerator,
  type Draft,
  type Fields,
  type Spoil,
  type Tree,
} from '../generator.ts';
import { readOpenaiError } from '../readers/errors.ts';
import { readCompletions } from '../readers/openai.ts';
import { MODELS, text } from '../words.ts';

function valid(chance: Chance): Draft {
  const prompt: Tree = chance.happens(0.6) ? text(chance) : many(chance, 1, 4, () => text(chance));
  const body: Fields = { model: chance.pick(MODELS), prompt };
  maybe(chance, 0.5, body, 'stream', () => chance.happens(0.7));
  if (body['stream'] === true) maybe(chance, 0.5, body, 'stream_options', () => ({ include_usage: true }));
  if (chance.happens(0.2)) {
    const choices = chance.between(1, 3);
    body['n'] = choices;
    maybe(chance, 0.5, body, 'best_of', () => choices);
  }
  maybe(chance, 0.4, body, 'max_tokens', () => chance.between(1, 4_000));
  maybe(chance, 0.3, body, 'temperature', () => chance.pick([0, 1, 2]));
  maybe(chance, 0.2, body, 'top_p', () => chance.pick([0.1, 1]));
  maybe(chance, 0.2, body, 'stop', () => chance.pick<Tree>(['X', ['a', 'b']]));
  maybe(chance, 0.1, body, 'seed', () => chance.between(0, 99));
  maybe(chance, 0.1, body, 'echo', () => false);
  maybe(chance, 0.1, body, 'suffix', () => '');
  maybe(chance, 0.1, body, 'logprobs', () => null);
  maybe(chance, 0.1, body, 'logit_bias', () => ({}));
  maybe(chance, 0.1, body, 'user', () => text(chance));
  return { rest: '', body };
}

const SPOILS: readonly Spoil[] = [
  drop('model'),
  set('model', 7, '', [], null),
  drop('prompt'),
  set('prompt', '', ' ', ['a', '\n'], [], [''], [1, 2], [[1], [2]], {}, 7, true, ['a', 7], ['a', null], null),
  (body) => {
    body['prompt'] = Array.from({ length: 33 }, () => 'a');
  },
  (body) => {
    body['prompt'] = ['a', 'b', 'c', 'd', 'e'];
    body['n'] = 8;
  },
  set('n', 0, 9, 1.5, 'x'),
  set('best_of', 0, 20, 'x'),
  set('stream', 'yes', 1),
  set('max_tokens', 0, -1, 'x', 1.5),
  set('temperature', 3, -1, 'x'),
  set('top_p', 2, 'x'),
  set('stop', 7, '', ['a', 'b', 'c', 'd', 'e']),
  set('suffix', 'end', 7),
  set('echo', true, 'x'),
  set('logprobs', 0, 5, 'x'),
  set('logit_bias', { '1': 1 }, 7),
  set('user', 7, []),
];

export const OPENAI_COMPLETIONS: DialectGenerator = {
  routes: { 'POST /v1/completions': { valid, spoils: SPOILS, read: readCompletions } },
  readError: readOpenaiError,
};
