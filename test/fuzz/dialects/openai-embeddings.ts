// Embeddings for the fuzz: one text or many, in both encodings; and what no reading of the format allows.

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
import { readEmbeddings } from '../readers/openai.ts';
import { EMBEDDING_MODEL, text } from '../words.ts';

function valid(chance: Chance): Draft {
  const input: Tree = chance.happens(0.5)
    ? text(chance)
    : many(chance, 1, chance.happens(0.05) ? 300 : 6, () => text(chance));
  const body: Fields = { model: chance.pick([EMBEDDING_MODEL, `${EMBEDDING_MODEL}-azure`]), input };
  maybe(chance, 0.5, body, 'encoding_format', () => chance.pick(['float', 'base64']));
  maybe(chance, 0.2, body, 'dimensions', () => 1_536);
  maybe(chance, 0.2, body, 'user', () => text(chance));
  maybe(chance, 0.1, body, 'some_new_field', () => [1]);
  return { rest: '', body };
}

const SPOILS: readonly Spoil[] = [
  drop('model'),
  set('model', 7, '', [], null),
  drop('input'),
  set('input', '', [], [''], [1, 2, 3], [[1, 2], [3]], ['a', 7], {}, 7, null, true),
  (body) => {
    body['input'] = Array.from({ length: 2_049 }, () => 'a');
  },
  set('dimensions', 0, -1, 1.5, 'x', 12),
  set('encoding_format', 'hex', 7, []),
  set('user', 7, {}),
];

export const OPENAI_EMBEDDINGS: DialectGenerator = {
  routes: { 'POST /v1/embeddings': { valid, spoils: SPOILS, read: readEmbeddings } },
  readError: readOpenaiError,
};
