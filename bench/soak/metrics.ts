// The gateway's metrics, read as a scraper reads them.

import { request } from 'node:http';

export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type Metrics = {
  /** The sum of all samples of the name whose labels hold these. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
};

const LINE = /^([a-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/iu;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/gu;

export async function readMetrics(url: string): Promise<Metrics> {
  const samples = parse(await fetchText(url));
  return {
    sum(name, labels = {}) {
      let sum = 0;
      for (const sample of samples) {
        if (sample.name !== name) continue;
        if (Object.entries(labels).every(([key, value]) => sample.labels[key] === value)) sum += sample.value;
      }
      return sum;
    },
  };
}

function parse(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels, value] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...(labels ?? '').matchAll(LABEL)].map(
      ([, key, said]) => [key ?? '', said ?? ''] as const,
    );
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (text += piece));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${url}: ${response.statusCode} ${text.slice(0, 200)}`));
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}
