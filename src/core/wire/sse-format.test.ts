// Writing server-sent events: one frame a call, whatever the data holds.

import { describe, expect, it } from 'vitest';
import { formatSseData, formatSseEvent, SSE_KEEP_ALIVE } from './sse-format.ts';

describe('formatting server-sent events', () => {
  it('writes data as one frame', () => {
    expect(formatSseData('{"a":1}')).toBe('data: {"a":1}\n\n');
  });

  it('writes a data line for each line of the data, whatever its line breaks', () => {
    expect(formatSseData('a\nb\r\nc\rd')).toBe('data: a\ndata: b\ndata: c\ndata: d\n\n');
  });

  it('names an event', () => {
    expect(formatSseEvent('message_stop', '{}')).toBe('event: message_stop\ndata: {}\n\n');
  });

  it('keeps alive with a comment, which every reader skips', () => {
    expect(SSE_KEEP_ALIVE).toMatch(/^:[^\n]*\n\n$/);
  });
});
