// How requests go wrong. `BYTE_FAULTS` make any body invalid whatever its format; `WILD` change a body in ways that may be
// taken or refused, which only the gateway knows: what is promised then is that the answer is a proper one.

import type { Chance } from '../faults/schedule.ts';
import type { Fields, Tree } from './generator.ts';
import { text } from './words.ts';

/** A name with what it does to the text of a body. */
export type ByteFault = readonly [name: string, spoil: (body: string, chance: Chance) => Buffer];

const bytes = (made: string): Buffer => Buffer.from(made, 'utf8');
const inFront = (body: string, inserted: string): Buffer => bytes(`{${inserted}${body.slice(1)}`);

/** Deeper than any reader goes (the limit is 128), and deep enough to exhaust a careless stack. */
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

export const BYTE_FAULTS: readonly ByteFault[] = [
  ['empty', () => Buffer.alloc(0)],
  ['blank', (_body, chance) => bytes(chance.pick([' ', '\n\n', '\t', '\uFEFF']))],
  // The body is one object, so that any cut leaves it open.
  ['cut', (body, chance) => bytes(body.slice(0, chance.between(1, body.length - 1)))],
  ['goes on', (body, chance) => bytes(body + chance.pick(['}', ',', '{}', 'x', '\u0000', '//', body]))],
  [
    'no object',
    (_body, chance) => bytes(chance.pick(['[]', '7', '"x"', 'null', 'true', '[{}]', '-0', '1e999'])),
  ],
  [
    'no number',
    (body, chance) =>
      inFront(
        body,
        `"a":${chance.pick([' ', 'Infinity', '-Infinity', '+1', '01', '.5', '1.', '0x1', '1_0', '--1', '1e'])},`,
      ),
  ],
  [
    'no literal',
    (body, chance) =>
      inFront(body, `"a":${chance.pick(['undefined', 'True', 'nul', "'x'", '`x`', 'x', '\\u0022'])},`),
  ],
  ['raw control', (body, chance) => inFront(body, `"a":"${chance.pick(['\n', '\u0000', '\u001F', '\t'])}",`)],
  [
    'bad escape',
    (body, chance) => inFront(body, `"a":"${chance.pick(['\\x41', '\\u12', '\\u{41}', '\\', "\\'"])}",`),
  ],
  ['no comma', (body) => inFront(body, '"a":1 "b":2,')],
  [
    'no key',
    (body, chance) => inFront(body, chance.pick([',', 'a:1,', '1:1,', ':1,', '"a",', '"a":,', '/**/'])),
  ],
  ['too deep', (body, chance) => inFront(body, `"a":${nested(chance.pick([128, 200, 5_000]))},`)],
  [
    'not UTF-8',
    (body, chance) =>
      spliceBytes(
        body,
        chance,
        chance.pick([[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x28], [0xf8, 0x88], [0x80]]),
      ),
  ],
  ['UTF-16', (body) => Buffer.from(body, 'utf16le')],
];

/** Inside the first key, so that it is inside a string. */
function spliceBytes(body: string, _chance: Chance, inserted: readonly number[]): Buffer {
  return Buffer.concat([bytes(body.slice(0, 2)), Buffer.from(inserted), bytes(body.slice(2))]);
}

/** A list or an object of the tree, and one of its keys. */
type Place = { readonly holder: Fields | Tree[]; readonly key: string | number };

function collectPlaces(tree: Tree, places: Place[]): void {
  if (typeof tree !== 'object' || tree === null) return;
  if (Array.isArray(tree)) {
    for (const [key, inner] of tree.entries()) {
      places.push({ holder: tree, key });
      collectPlaces(inner, places);
    }
    return;
  }
  for (const [key, inner] of Object.entries(tree)) {
    places.push({ holder: tree, key });
    collectPlaces(inner, places);
  }
}

const read = ({ holder, key }: Place): Tree =>
  (Array.isArray(holder) ? holder[Number(key)] : holder[String(key)]) ?? null;

function write({ holder, key }: Place, value: Tree): void {
  if (Array.isArray(holder)) holder[Number(key)] = value;
  // A plain assignment to `__proto__` would set the prototype.
  else
    Object.defineProperty(holder, String(key), {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
}

const ODD_NUMBERS = [-0, -1, 0.1, 1e-320, 1e21, 1e308, 2 ** 53, -(2 ** 53) - 2, 2 ** 31, 255, 1_000_000_007];
export const ODD_MODELS = [
  'no-such-model',
  'GPT-4o',
  ' gpt-4o',
  'openai/gpt-4o',
  'claude-3-5-sonnet-latest',
  'sfdc_ai__DefaultGPT4Omni',
  'sfdc_ai__NoSuchModel',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  'a\nb',
  'm\ud800',
  '模型',
  'x'.repeat(3_000),
  'gpt-4o\u0000',
  'gpt-4o?x=1#y',
  '%2e%2e',
  'text-embedding-ada-002',
  'gpt-4o@20240101',
  'llmgateway__OpenAIGPT4Omni',
] as const;
const ODD_KEYS = [
  '__proto__',
  'constructor',
  'toString',
  '',
  'a.b[0]',
  'x\ud800',
  'é',
  'k'.repeat(300),
  'type',
  'then',
];

type Wild = readonly [name: string, change: (body: Fields, place: Place, chance: Chance) => void];

const typed = (chance: Chance): Tree =>
  chance.pick<Tree>([
    null,
    true,
    false,
    0,
    7,
    -1.5,
    '',
    'x',
    [],
    [1],
    ['x'],
    [[]],
    {},
    { type: 'x' },
    { text: 'x' },
  ]);

function deep(depth: number): Tree {
  let made: Tree = chancelessLeaf();
  for (let level = 0; level < depth; level += 1) made = level % 2 === 0 ? [made] : { a: made };
  return made;
}
const chancelessLeaf = (): Tree => 'deep';

const WILD: readonly Wild[] = [
  ['another type', (_body, place, chance) => write(place, typed(chance))],
  [
    'dropped',
    (_body, { holder, key }) => {
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[String(key)];
    },
  ],
  ['null', (_body, place) => write(place, null)],
  ['an odd number', (_body, place, chance) => write(place, chance.pick(ODD_NUMBERS))],
  [
    'an odd text',
    (_body, place, chance) =>
      write(
        place,
        chance.pick(['\ud800', '\udc00x', 'a\ud800\ud800b', text(chance), '\u0000', 'x'.repeat(50_000), ' ']),
      ),
  ],
  ['deep', (_body, place, chance) => write(place, deep(chance.between(1, 120)))],
  [
    'an odd key',
    (_body, { holder }, chance) => {
      if (!Array.isArray(holder)) write({ holder, key: chance.pick(ODD_KEYS) }, typed(chance));
    },
  ],
  [
    'twice',
    (_body, { holder, key }) => {
      if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(holder[Number(key)] ?? null));
    },
  ],
  [
    'backwards',
    (_body, { holder }) => {
      if (Array.isArray(holder)) holder.reverse();
    },
  ],
  ['inside a list', (_body, place) => write(place, [structuredClone(read(place))])],
  [
    'another part',
    (_body, { holder }, chance) => {
      if (Array.isArray(holder)) {
        holder.push(
          chance.pick<Tree>([
            { type: 'tool_result', tool_use_id: 'x' },
            { role: 'tool', tool_call_id: 'x', content: '' },
            { type: 'thinking', thinking: '', signature: '' },
            { role: 'assistant' },
            { type: 'refusal', refusal: 'no' },
          ]),
        );
      }
    },
  ],
  [
    'an odd model',
    (body, _place, chance) => {
      body['model'] = chance.pick(ODD_MODELS);
    },
  ],
];

/** Changes a few places of the body; tells how. */
export function goWild(body: Fields, chance: Chance): string {
  const names: string[] = [];
  for (let left = chance.pick([1, 1, 1, 2, 5]); left > 0; left -= 1) {
    const places: Place[] = [];
    collectPlaces(body, places);
    if (places.length === 0) break;
    const [name, change] = chance.pick(WILD);
    change(body, chance.pick(places), chance);
    names.push(name);
  }
  return names.join(', ');
}

/** What JSON can say and no value can hold: a key twice, numbers beyond any, escapes in keys. */
export function goWildInText(body: string, chance: Chance): string {
  const key = chance.pick([
    'model',
    'messages',
    'stream',
    'max_tokens',
    '__proto__',
    'prompt',
    'input',
    'temperature',
  ]);
  switch (chance.pick(['twice first', 'twice last', 'huge', 'escaped', 'blank', 'mark'])) {
    case 'twice first':
      return `{"${key}":${JSON.stringify(typed(chance))},${body.slice(1)}`;
    case 'twice last':
      return `${body.slice(0, -1)},"${key}":${JSON.stringify(typed(chance))}}`;
    case 'huge':
      return `${body.slice(0, -1)},"${key}":${chance.pick(['1e999', '-1e999', '1e-999', '9'.repeat(400), '0.'.padEnd(500, '1')])}}`;
    case 'escaped':
      return body.replaceAll('"model"', '"mod\\u0065l"').replaceAll('"content"', '"\\u0063ontent"');
    case 'blank':
      return `\r\n\t ${body.replaceAll('":', '" : ')} \n`;
    default:
      return `\uFEFF${body}`;
  }
}
