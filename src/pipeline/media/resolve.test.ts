// Remote media in a call: refused by name where not allowed, else fetched and sent on as base64.

import { describe, expect, it } from 'vitest';

import { pdfOf, pngOf } from '../../../test/fakes/media-files.ts';
import {
  createLineSurface,
  createOwnDialect,
  PASSES_NOTHING,
  textCall,
} from '../../../test/fakes/pipeline-parts.ts';
import { sent, start, TIMEOUT_MS } from '../../../test/fakes/pipeline-scene.ts';
import { settlePromises } from '../../../test/simulated-time.ts';
import { GatewayError } from '../../core/errors/index.ts';
import type { Call, MediaPart } from '../../core/neutral/index.ts';
import type { MediaSource } from './port.ts';

const PNG = pngOf(1, 1);
const BYTES_MAX = 10_000;

const remote = (type: MediaPart['type'], url: string): MediaPart => ({
  type,
  source: { type: 'url', url },
  fileName: undefined,
});

const callWith = (...content: MediaPart[]): Call => textCall({ messages: [{ role: 'user', content }] });

/** Gives these files, and writes down what it was asked for. */
function createFiles(
  files: Readonly<Record<string, Buffer | GatewayError>>,
): MediaSource & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async load(url, budget, signal) {
      asked.push(url.href);
      const found = files[url.href];
      if (found instanceof GatewayError) throw found;
      if (found !== undefined) {
        if (!budget.spend(found.length)) throw new GatewayError('invalid_request', 'too large');
        return found;
      }
      return new Promise((_resolve, reject) => {
        signal.onAbort(() => reject(signal.reason));
      });
    },
  };
}

function startWith(call: Call, source: MediaSource) {
  const seen: Call[] = [];
  const lines = createLineSurface('gateway-generations');
  const surface = createLineSurface('gateway-generations', {
    encode(encoded, context) {
      seen.push(encoded);
      return lines.encode(encoded, context);
    },
    // Speaks the caller's protocol, so that a body with addresses in it would pass through if it could.
    passthrough: PASSES_NOTHING,
  });
  const dialect = createOwnDialect(call);
  return { ...start(call, [surface], dialect, { source, bytesMax: BYTES_MAX }), seen };
}

describe('a remote file that may not be fetched', () => {
  it.each(['image', 'document'] as const)('is refused: an %s, with what to do instead', async (type) => {
    const scene = start(callWith(remote(type, 'https://example.com/secret?signature=x')));
    await scene.done;
    expect(scene.host.calls).toEqual([]);
    expect(scene.out.answers[0]?.body).toBe('error:unsupported');
    const message = scene.telemetry.outcomes[0]?.errorMessage;
    expect(message).toContain('base64');
    expect(message).toContain('media.fetch_remote');
    expect(message).not.toContain('signature');
  });

  it('is refused inside a tool’s result too', async () => {
    const content = [
      {
        type: 'tool-result',
        callId: 'c',
        name: 'f',
        content: [remote('image', 'https://example.com/x')],
        isError: false,
      },
    ] as const;
    const scene = start(textCall({ messages: [{ role: 'tool', content }] }));
    await scene.done;
    expect(scene.out.answers[0]?.body).toBe('error:unsupported');
  });
});

describe('a remote file that may be fetched', () => {
  it('goes up as base64 of the type its bytes say, wherever it stands', async () => {
    const source = createFiles({ 'https://a.test/i': PNG, 'https://b.test/d': pdfOf(1) });
    const call = textCall({
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'look' }, remote('image', 'https://a.test/i')] },
        {
          role: 'tool',
          content: [
            {
              type: 'tool-result',
              callId: 'c',
              name: 'f',
              content: [remote('document', 'https://b.test/d')],
              isError: false,
            },
          ],
        },
      ],
    });
    const scene = startWith(call, source);
    (await sent(scene)).answer(200, 'hi');
    await scene.done;
    expect(scene.telemetry.outcomes[0]?.result).toBe('ok');
    const png = { type: 'base64', mimeType: 'image/png', data: PNG.toString('base64') };
    const pdf = { type: 'base64', mimeType: 'application/pdf', data: pdfOf(1).toString('base64') };
    expect(scene.seen[0]?.messages).toMatchObject([
      { content: [{ text: 'look' }, { type: 'image', source: png }] },
      { content: [{ content: [{ type: 'document', source: pdf }] }] },
    ]);
  });

  it('is fetched once although it is named many times, also for several choices', async () => {
    const source = createFiles({ 'https://a.test/i': PNG });
    const part = remote('image', 'https://a.test/i');
    const scene = startWith({ ...callWith(part, part, part), choices: 2 }, source);
    (await sent(scene, 0)).answer(200, 'hi');
    (await sent(scene, 1)).answer(200, 'hi');
    await scene.done;
    expect(source.asked).toEqual(['https://a.test/i']);
    expect(scene.telemetry.outcomes[0]?.result).toBe('ok');
  });

  it.each([
    ['a page in place of an image', 'image', Buffer.from('<html>')],
    ['a document in place of an image', 'image', pdfOf(1)],
    ['an image in place of a document', 'document', PNG],
  ] as const)('that turns out to be %s is refused', async (_what, type, bytes) => {
    const source = createFiles({ 'https://a.test/i': bytes });
    const scene = startWith(callWith(remote(type, 'https://a.test/i')), source);
    await scene.done;
    expect(scene.host.calls).toEqual([]);
    expect(scene.out.answers[0]?.body).toBe('error:invalid_request');
  });

  it('that fails ends the fetching of the others, and its reason is told', async () => {
    const source = createFiles({ 'https://b.test/': new GatewayError('invalid_request', 'b is gone') });
    const scene = startWith(
      callWith(remote('image', 'https://never.test/'), remote('image', 'https://b.test/')),
      source,
    );
    await scene.done;
    expect(scene.telemetry.outcomes[0]?.errorMessage).toBe('b is gone');
    expect(scene.time.pending()).toBe(0);
  });

  it('shares the bytes that the request may have with the others', async () => {
    const large = Buffer.concat([PNG, Buffer.alloc(6_000)]);
    const source = createFiles({ 'https://a.test/': large, 'https://b.test/': large });
    const scene = startWith(
      callWith(remote('image', 'https://a.test/'), remote('image', 'https://b.test/')),
      source,
    );
    await scene.done;
    expect(scene.telemetry.outcomes[0]?.errorMessage).toBe('too large');
  });

  it('is given up with the client that leaves', async () => {
    const scene = startWith(callWith(remote('image', 'https://never.test/')), createFiles({}));
    await settlePromises();
    scene.client.abort();
    await scene.done;
    expect(scene.telemetry.outcomes[0]?.result).toBe('client-closed');
    expect(scene.host.calls).toEqual([]);
  });

  it('counts against the total time limit', async () => {
    const scene = startWith(callWith(remote('image', 'https://never.test/')), createFiles({}));
    await scene.time.advance(TIMEOUT_MS);
    await scene.done;
    expect(scene.out.answers[0]?.body).toBe('error:upstream_timeout');
  });

  it('is one of twenty at most', async () => {
    const source = createFiles({});
    const parts = Array.from({ length: 21 }, (_, index) => remote('image', `https://a.test/${index}`));
    const scene = startWith(callWith(...parts), source);
    await scene.done;
    expect(source.asked).toEqual([]);
    expect(scene.telemetry.outcomes[0]?.errorMessage).toContain('20');
  });
});
