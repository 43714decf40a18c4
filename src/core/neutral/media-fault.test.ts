// The error about one file of a call.

import { describe, expect, it } from 'vitest';

import { mediaFault } from './index.ts';

const IMAGE = { type: 'image', source: { type: 'url', url: 'https://x' }, fileName: undefined } as const;

describe('the error about a file', () => {
  it('names the file where the caller put it', () => {
    expect(mediaFault({ ...IMAGE, path: 'messages[0].content[1]' }, 'It is too large.')).toMatchObject({
      code: 'unsupported',
      message: "'messages[0].content[1]': It is too large.",
      param: 'messages[0].content[1]',
    });
  });

  it('says only why where no caller put it', () => {
    const error = mediaFault(IMAGE, 'It is too large.', 'invalid_request');
    expect(error).toMatchObject({ code: 'invalid_request', message: 'It is too large.' });
    expect(error.param).toBeUndefined();
  });
});
