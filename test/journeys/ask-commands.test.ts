// The commands that ask models, against a simulated org over TLS: what a person and a script get of them.

import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openCommandPlace, type CommandPlace } from './command-place.ts';

let place: CommandPlace;

beforeAll(async () => {
  place = await openCommandPlace();
});

afterAll(() => place.close());

async function script(reply: object): Promise<void> {
  const ca = await readFile(place.org.caFile ?? '', 'utf8');
  await new Promise<void>((resolve, reject) => {
    const call = request(`${place.org.loginUrl}/__simulator/replies`, { method: 'POST', ca }, (response) => {
      response.resume().on('end', resolve);
    });
    call.on('error', reject);
    call.end(JSON.stringify([reply]));
  });
}

describe('generate', () => {
  it('writes the answer and nothing else to standard output', async () => {
    await script({ reply: { text: 'Rayleigh scattering.' } });
    const run = await place.run([
      'generate',
      '-s',
      'Be brief.',
      '-t',
      '50',
      '-T',
      '0',
      'Why is the sky blue?',
    ]);
    expect(run).toEqual({ code: 0, out: 'Rayleigh scattering.\n', said: '' });
  });

  it('tells tokens, end and surface to those who ask', async () => {
    const { said } = await place.run(['generate', '-v', '-m', 'gpt-5.4', 'Hello']);
    expect(said).toMatch(/\d+ tokens in, \d+ out; ended by stop; surface responses\./u);
  });

  it('gives JSON to scripts', async () => {
    const { out } = await place.run(['generate', '--json', 'Hello']);
    expect(JSON.parse(out)).toMatchObject({ text: expect.any(String), finish: 'stop', surface: 'invoke' });
  });

  it('tells what is wrong in the words of the gateway, without a stack', async () => {
    const { code, out, said } = await place.run(['generate', '-m', 'claude-sonet-4-6', 'Hello']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(said).toContain("Did you mean 'claude-sonnet-4-6'");
    expect(said).toContain('"forcegate models" lists what there is.');
    expect(said).not.toContain('    at ');
  });
});

describe('chat', () => {
  it('remembers what was said, forgets it on request and changes to no model that is none', async () => {
    const { code, out, said } = await place.run(
      ['chat'],
      [
        'one',
        'two',
        '/model nobody',
        'three',
        '/model gpt-5.4',
        'four',
        '/clear',
        'five',
        '/what',
        '/quit',
        'six',
      ],
    );
    expect(code).toBe(0);
    const counts = [...out.matchAll(/: (\w+) .*\(saw (\d+) message/gu)].map(([, word, seen]) => [word, seen]);
    expect(counts).toEqual([
      ['one', '1'],
      ['two', '3'],
      ['three', '5'],
      ['four', '7'],
      ['five', '1'],
    ]);
    expect(said).toContain("'nobody' does not exist");
    expect(said).toContain('"forcegate models" lists what there is.\ndefault goes on answering.');
    expect(said).toContain('gpt-5.4 answers from now on.');
    expect(said).toContain('There is no /what.');
  });

  it('ends with the input', async () => {
    expect((await place.run(['chat'], ['hello'])).code).toBe(0);
  });
});

describe('check', () => {
  it('names the command that lists the models, not the path', async () => {
    const { code, out, said } = await place.run(['check', '--model', 'nobody']);
    expect(code).toBe(1);
    expect(out + said).toContain('"forcegate models" lists what there is.');
    expect(out + said).not.toContain('GET /v1/models');
  });
});

describe('models', () => {
  it('lists what can be asked, also as JSON', async () => {
    const { out } = await place.run(['models']);
    expect(out).toMatch(/^claude-sonnet-4-6 +salesforce-anthropic$/mu);
    const { out: json } = await place.run(['models', '--json']);
    const ids = (JSON.parse(json) as readonly { readonly id: string }[]).map(({ id }) => id);
    expect(ids).toEqual(
      out
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    );
  });
});

describe('sentiment', () => {
  const judgement = {
    sentiment: 'positive',
    confidence: 0.9,
    score: 0.8,
    emotion: 'joy',
    intensity: 'high',
    explanation: 'It says so.',
  };

  it('shows the six fields, also out of a fence', async () => {
    await script({ reply: { text: `\`\`\`json\n${JSON.stringify(judgement)}\n\`\`\`` } });
    const { code, out } = await place.run(['sentiment', 'I love it']);
    expect(code).toBe(0);
    expect(out).toContain('sentiment   positive\n');
    expect(out).toContain('explanation It says so.\n');
  });

  it.each(['claude-sonnet-4-6', 'gpt-5.4', 'gemini-3.5-flash'])(
    'is judged by %s in the demo, by itself',
    async (model) => {
      const { code, out, said } = await place.run([
        'sentiment',
        '--demo',
        '--json',
        '-m',
        model,
        'I love it',
      ]);
      expect({ code, said }).toEqual({ code: 0, said: '' });
      const fields = Object.keys(judgement).toSorted();
      expect(Object.keys(JSON.parse(out) as object).toSorted()).toEqual(fields);
    },
  );

  it('does not pass off other words as a judgement', async () => {
    await script({ reply: { text: 'Lovely weather.' } });
    expect(await place.run(['sentiment', '--json', 'I love it'])).toMatchObject({ code: 1, out: '' });
  });
});

describe('validate-stream --live', () => {
  it('judges a stream of each protocol, in full strictness', async () => {
    const { code, out, said } = await place.run(['validate-stream', '--live']);
    expect({ code, said }).toEqual({ code: 0, said: '' });
    expect(out.match(/^\w+: valid; \d+ frames of server-sent events, with a proper end$/gmu)).toHaveLength(3);
  });

  it('judges the one protocol and model that are asked for', async () => {
    const { out } = await place.run([
      'validate-stream',
      '--live',
      '--json',
      '-m',
      'gpt-5.4',
      '--protocol',
      'messages',
    ]);
    expect(JSON.parse(out)).toMatchObject({ valid: true, streams: [{ protocol: 'messages', faults: [] }] });
  });

  it('tells what the gateway says where there is no stream to judge', async () => {
    const run = await place.run(['validate-stream', '--live', '-m', 'nobody']);
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.said).toContain("'nobody'");
  });

  it('reads a file that curl wrote', async () => {
    const file = join(place.directory, 'recorded.txt');
    await writeFile(file, 'data: {"choices":[]}\n\ndata: [DONE]\n\n');
    const { code, out } = await place.run(['validate-stream', file]);
    expect(code).toBe(1);
    expect(out).toContain('chunk-shape');
    expect((await place.run(['validate-stream', `${file}.not`])).code).toBe(2);
  });
});

describe('embed', () => {
  it('tells a person how many numbers there are, and gives a script all of them', async () => {
    const told = await place.run(['embed', 'A text']);
    expect(told).toMatchObject({ code: 0, said: '' });
    expect(told.out).toMatch(/^\d+ numbers: -?[\d.e-]+, /u);
    const numbers: unknown = JSON.parse((await place.run(['embed', '--json', 'A text'])).out);
    expect(told.out).toContain(`${(numbers as readonly number[]).length} numbers`);
  });
});
