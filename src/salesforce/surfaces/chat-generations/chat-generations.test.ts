// What the classic surface sends: text and roles (reference 2.4), and nothing that it would ignore (2.9).

import { describe, expect, it } from 'vitest';

import { findModel, surfaceContext } from '../../../../test/contract/surface-corpus.ts';
import { textCall } from '../../../../test/fakes/pipeline-parts.ts';
import { NO_SAMPLING } from '../../../core/neutral/index.ts';
import { createChatGenerations } from './index.ts';

const surface = createChatGenerations();
const text = (content: string) => ({ type: 'text' as const, text: content });

describe('the classic surface', () => {
  it('sends roles and text, the leading system messages as one', () => {
    const call = textCall({
      messages: [
        { role: 'system', content: [text('a')] },
        { role: 'system', content: [text('b')] },
        { role: 'user', content: [text('1'), text('2')] },
        { role: 'assistant', content: [{ type: 'reasoning', text: 'hm', seal: undefined }, text('yes')] },
        { role: 'user', content: [text('3')] },
      ],
      sampling: { ...NO_SAMPLING, temperature: 0.5 },
    });
    const { request, loss } = surface.encode(call, surfaceContext(findModel('gpt-4o')));
    expect(request.path).toBe('/einstein/platform/v1/models/sfdc_ai__DefaultGPT4Omni/chat-generations');
    expect(JSON.parse(request.body)).toEqual({
      messages: [
        { role: 'system', content: 'a\n\nb' },
        { role: 'user', content: '1\n2' },
        { role: 'assistant', content: 'yes' },
        { role: 'user', content: '3' },
      ],
    });
    expect(loss.map((entry) => entry.need).toSorted()).toEqual(['reasoning-history', 'temperature']);
  });

  it('sends the localization as it was configured', () => {
    const localization = { defaultLocale: 'de_DE' };
    const context = surfaceContext(findModel('gpt-4o'), { trust: { piiMasking: true, localization } });
    const { request } = surface.encode(textCall(), context);
    expect(JSON.parse(request.body)).toEqual({
      messages: [{ role: 'user', content: 'hello' }],
      localization,
    });
  });

  it.each([
    ['stop', textCall({ stop: ['x'] })],
    ['output-limit', textCall({ maxOutputTokens: 5 })],
    [
      'tools',
      textCall({ tools: [{ name: 'f', description: undefined, parameters: {}, strict: undefined }] }),
    ],
  ])('refuses a call that needs %s', (need, call) => {
    expect(() => surface.encode(call, surfaceContext(findModel('gpt-4o')))).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringContaining(need) }),
    );
  });
});
