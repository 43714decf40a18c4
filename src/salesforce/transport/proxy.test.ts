// The rules by which a proxy is chosen, as a table.

import { describe, expect, it } from 'vitest';

import { NO_PROXIES } from './options.ts';
import { chooseProxy } from './proxy.ts';

const proxied = { ...NO_PROXIES, httpsProxy: 'http://proxy.example:3128' };

function choose(origin: string, noProxy: string): boolean {
  return chooseProxy(new URL(origin), { ...proxied, noProxy }) !== undefined;
}

describe('which proxy is used', () => {
  it('is none without configuration', () => {
    expect(chooseProxy(new URL('https://api.example'), NO_PROXIES)).toBeUndefined();
  });

  it('is the https one for https, and the http one when there is no other', () => {
    const both = { ...proxied, httpProxy: 'http://plain.example:80' };
    expect(chooseProxy(new URL('https://api.example'), both)?.host).toBe('proxy.example');
    expect(chooseProxy(new URL('http://api.example'), both)?.host).toBe('plain.example');
    expect(chooseProxy(new URL('http://api.example'), proxied)).toBeUndefined();
    expect(chooseProxy(new URL('https://api.example'), { ...both, httpsProxy: undefined })?.host).toBe(
      'plain.example',
    );
    expect(chooseProxy(new URL('https://api.example'), { ...both, httpsProxy: '' })?.host).toBe(
      'plain.example',
    );
  });

  it('is never one for loopback', () => {
    for (const host of ['localhost', 'LOCALHOST', 'a.localhost', '127.0.0.1', '127.1.2.3', '[::1]']) {
      expect(choose(`https://${host}:8443`, '')).toBe(false);
    }
  });

  it.each([
    ['https://api.example', '*', false],
    ['https://api.example', 'other.example *', false],
    ['https://api.example', 'api.example', false],
    ['https://api.example.', 'API.example', false],
    ['https://a.b.example', 'b.example', false],
    ['https://a.b.example', '.b.example', false],
    ['https://b.example', '.b.example', false],
    ['https://b.example', '*.b.example', true],
    ['https://a.b.example', '*.b.example', false],
    ['https://ab.example', 'b.example', true],
    ['https://api.example', 'api.example:443', false],
    ['https://api.example', 'api.example:8443', true],
    ['https://api.example:8443', 'api.example:8443', false],
    ['https://api.example', '*:8443', true],
    ['https://[2001:db8::1]', '2001:db8::1', false],
    ['https://[2001:db8::1]', '[2001:db8::1]:443', false],
    ['https://[2001:db8::1]', '[2001:db8::1]:444', true],
  ])('for %s with NO_PROXY %s: proxied %s', (origin, noProxy, expected) => {
    expect(choose(origin, noProxy)).toBe(expected);
  });

  it('takes user and password from the URL, decoded', () => {
    const proxy = chooseProxy(new URL('https://api.example'), {
      ...NO_PROXIES,
      httpsProxy: 'https://us%40er:p%3Aw@proxy.example',
    });
    const credentials = Buffer.from('us@er:p:w').toString('base64');
    expect(proxy).toEqual({
      secure: true,
      host: 'proxy.example',
      port: 443,
      authorization: `Basic ${credentials}`,
    });
  });

  it('is understood without a scheme', () => {
    const proxy = chooseProxy(new URL('https://api.example'), {
      ...NO_PROXIES,
      httpsProxy: 'proxy.example:3128',
    });
    expect(proxy).toMatchObject({ secure: false, host: 'proxy.example', port: 3128 });
  });

  it.each(['socks5://user:hunter2@proxy.example', 'http://user:hunter2@:bad'])(
    'is refused when it cannot be used, without repeating %s',
    (httpsProxy) => {
      const choosing = (): unknown =>
        chooseProxy(new URL('https://api.example'), { ...NO_PROXIES, httpsProxy });
      expect(choosing).toThrow(/proxy/u);
      expect(choosing).not.toThrow(/hunter2/u);
    },
  );
});
