// The simulator as a program: flags, banner, faults of use.
import { createServer, type AddressInfo } from 'node:net';

import { describe, expect, it } from 'vitest';

import { runSimulator, simulatorBanner, simulatorOptionsFrom } from './program.ts';

const run = async (...args: string[]): Promise<{ code: number; out: string; errors: string }> => {
  let out = '';
  let errors = '';
  const code = await runSimulator(
    args,
    { write: (text) => (out += text) },
    { write: (text) => (errors += text) },
  );
  return { code, out, errors };
};

describe('the command line', () => {
  it('becomes options', () => {
    const args = ['--plain-http', '--login-port', '7001', '--token-lifetime', '20', '--no-journal'];
    expect(simulatorOptionsFrom(args)).toEqual({
      tls: false,
      loginPort: 7001,
      org: { tokenLifetimeSeconds: 20, journal: false },
    });
  });

  it('shows the help and succeeds', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    expect(out).toContain('--plain-http');
  });

  it.each([
    [['--nonsense'], '--nonsense'],
    [['--login-port', 'x'], '--login-port must be a number, not "x"'],
  ])('is refused with the reason for %s', async (args, reason) => {
    const { code, errors } = await run(...args);
    expect(code).toBe(2);
    expect(errors).toContain(reason);
  });

  it('says which port is taken, and what to do', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, errors } = await run('--login-port', String(port));
    await new Promise((resolve) => other.close(resolve));
    expect(code).toBe(1);
    expect(errors).toContain(`port ${port} is taken. Stop what listens there, or choose others with --login`);
  });

  it('says why it cannot run', async () => {
    const { code, errors } = await run('--plain-http', '--host', '0.0.0.0');
    expect(code).toBe(1);
    expect(errors).toContain('plain HTTP is only served on loopback');
  });
});

describe('the banner', () => {
  it('tells addresses, certificate, credentials and an example with them', () => {
    const banner = simulatorBanner({
      loginUrl: 'https://127.0.0.1:1',
      modelUrl: 'https://127.0.0.1:2',
      caFile: '/tmp/ca.pem',
      consumerKey: 'KEY',
      consumerSecret: 'SECRET',
    });
    expect(banner).toContain('curl -s --cacert /tmp/ca.pem https://127.0.0.1:1/services/oauth2/token');
    expect(banner).toContain('https://127.0.0.1:2/ai/gpt/v1/chat/generations');
    expect(banner).toContain('client_id=KEY');
  });
});
