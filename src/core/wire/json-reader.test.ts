// The JSON reader: what it takes, what it refuses, and the path it names.

import { describe, expect, it } from 'vitest';
import { GatewayError } from '../errors/index.ts';
import type { JsonValue } from '../neutral/index.ts';
import { JsonReader } from './json-reader.ts';

function refusal(read: () => unknown): GatewayError {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

const BODY: JsonValue = {
  model: 'm',
  count: 3,
  half: 0.5,
  on: true,
  nothing: null,
  empty: '',
  messages: [{ content: [{ type: 'text' }, { type: 7 }] }],
  'odd key': { inner: 1 },
};
const body = new JsonReader(BODY);

describe('reading JSON field by field', () => {
  it('reads values of the type asked for', () => {
    expect(body.field('model').expectString()).toBe('m');
    expect(body.field('count').optionalInteger({ min: 3, max: 3 })).toBe(3);
    expect(body.field('half').optionalNumber()).toBe(0.5);
    expect(body.field('on').optionalBoolean()).toBe(true);
    expect(body.field('model').optionalOneOf(['l', 'm'])).toBe('m');
    expect(body.field('messages').expectArray()).toHaveLength(1);
  });

  it('takes null and a missing field for absent', () => {
    for (const key of ['nothing', 'missing']) {
      const field = body.field(key);
      expect(field.isAbsent).toBe(true);
      expect(field.optionalString()).toBeUndefined();
      expect(field.optionalBoolean()).toBeUndefined();
      expect(field.optionalNumber()).toBeUndefined();
      expect(field.optionalInteger()).toBeUndefined();
      expect(field.optionalArray()).toBeUndefined();
      expect(field.optionalObject()).toBeUndefined();
      expect(field.optionalOneOf(['a'])).toBeUndefined();
      expect(body.given(key)).toBeUndefined();
    }
  });

  it('reads a given field as it reads any other', () => {
    expect(body.given('empty')?.expectString()).toBe('');
    expect(body.given('odd key')?.given('inner')?.path).toBe('["odd key"].inner');
    expect(refusal(() => body.given('model')?.given('inner')).message).toBe(
      "'model' must be an object, not a string.",
    );
  });

  it('reads strings in place as it reads them by a field of their own', () => {
    expect(body.stringAt('model')).toBe('m');
    expect(body.stringAt('empty')).toBe('');
    expect(body.nonEmptyStringAt('model')).toBe('m');
    const [message] = body.field('messages').expectArray();
    for (const key of ['count', 'nothing', 'missing', 'empty']) {
      const apart = refusal(() => body.field(key).expectNonEmptyString());
      expect(refusal(() => body.nonEmptyStringAt(key))).toMatchObject({
        message: apart.message,
        param: key,
      });
    }
    expect(refusal(() => message?.stringAt('content'))).toMatchObject({
      message: "'messages[0].content' must be a string, not an array.",
      param: 'messages[0].content',
    });
    expect(refusal(() => body.field('count').stringAt('inner')).message).toBe(
      "'count' must be an object, not a number.",
    );
  });

  it('names the JSON path of a wrong field, and its type but not its value', () => {
    const parts = body.field('messages').expectArray()[0]?.field('content').expectArray();
    expect(refusal(() => parts?.[1]?.field('type').expectString())).toMatchObject({
      code: 'invalid_request',
      message: "'messages[0].content[1].type' must be a string, not a number.",
      param: 'messages[0].content[1].type',
    });
    expect(refusal(() => body.field('odd key').field('inner').expectObject()).param).toBe(
      '["odd key"].inner',
    );
  });

  it('tells a missing field from a wrong one', () => {
    expect(refusal(() => body.field('missing').expectString()).message).toBe("'missing' is required.");
    expect(refusal(() => body.field('nothing').expectString()).message).toBe(
      "'nothing' must be a string, not null.",
    );
    expect(refusal(() => body.field('empty').expectNonEmptyString()).message).toBe(
      "'empty' must not be empty.",
    );
  });

  it('speaks of the body when the root is wrong', () => {
    const error = refusal(() => new JsonReader([1]).field('model'));
    expect(error.message).toBe('The request body must be an object, not an array.');
    expect(error.param).toBeUndefined();
  });

  it.each([
    ['count', { max: 2 }, "'count' must be an integer of at most 2."],
    ['count', { min: 4 }, "'count' must be an integer of at least 4."],
    ['half', { min: 0, max: 1 }, "'half' must be an integer from 0 to 1."],
    ['model', {}, "'model' must be an integer, not a string."],
  ])('refuses the integer %s outside %j', (key, range, message) => {
    expect(refusal(() => body.field(key).optionalInteger(range)).message).toBe(message);
  });

  it('refuses numbers that JSON can write and no field can mean', () => {
    const infinite = new JsonReader({ t: JSON.parse('1e999') as number, seed: 2 ** 60 });
    expect(refusal(() => infinite.field('t').optionalNumber()).param).toBe('t');
    expect(refusal(() => infinite.field('seed').optionalInteger()).param).toBe('seed');
  });

  it('lists what is allowed and not what came', () => {
    const error = refusal(() => body.field('model').expectOneOf(['a', 'b']));
    expect(error.message).toBe("'model' must be one of: a, b.");
  });
});
