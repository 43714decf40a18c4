// The corpus of a surface: bytes as Salesforce sends them, with what they mean and where we know it from. Samples live in
// test/corpus/assumed/<surface>/ until a recording from life takes their place.

import { readdirSync, readFileSync } from 'node:fs';

import { ReplyFold, type Event, type Model } from '../../src/core/neutral/index.ts';
import { createCatalogue } from '../../src/salesforce/catalogue/index.ts';
import type {
  Decoded,
  Failure,
  ResponseHead,
  StreamDecoder,
  Surface,
  SurfaceContext,
} from '../../src/salesforce/surfaces/port.ts';

/** One `<name>.expected.json`. */
type SampleFile = {
  /** The section of the reference, and the tag it stands on. */
  readonly source: string;
  /** Name of the file of bytes beside it. */
  readonly bytes: string;
  readonly model: string;
  readonly stream: boolean;
  readonly maxOutputTokens?: number;
  readonly head: ResponseHead;
  /** A whole reply's sample, to which this stream must fold. */
  readonly sameReplyAs?: string;
  readonly expect: unknown;
};

export type Sample = {
  readonly name: string;
  readonly file: SampleFile;
  readonly bytes: Buffer;
  readonly context: SurfaceContext;
};

const ROOT = new URL('../corpus/assumed/', import.meta.url);
const ENDING = '.expected.json';
const catalogue = createCatalogue();

export function findModel(name: string): Model {
  const found = catalogue.resolve(name);
  if (found.type !== 'found') throw new Error(`no model ${name} in the catalogue`);
  return found.model;
}

export function surfaceContext(model: Model, overrides: Partial<SurfaceContext> = {}): SurfaceContext {
  let ids = 0;
  return {
    model,
    stream: false,
    maxOutputTokens: undefined,
    trust: { piiMasking: undefined, localization: undefined },
    adaptations: new Set(),
    newId: () => {
      ids += 1;
      return `id${ids}`;
    },
    ...overrides,
  };
}

export function loadSamples(surfaceId: string): Sample[] {
  const folder = new URL(`${surfaceId}/`, ROOT);
  return readdirSync(folder)
    .filter((file) => file.endsWith(ENDING))
    .toSorted()
    .map((name) => {
      const file = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as SampleFile;
      return {
        name: name.slice(0, -ENDING.length),
        file,
        bytes: readFileSync(new URL(file.bytes, folder)),
        context: freshContext(file),
      };
    });
}

/** Ids are counted from one again, so that two decodings of one sample make the same. */
export function freshContext(file: SampleFile): SurfaceContext {
  return surfaceContext(findModel(file.model), {
    stream: file.stream,
    maxOutputTokens: file.maxOutputTokens,
  });
}

/** Everything a decoder told, in order. */
export type StreamLog = { readonly events: Event[]; readonly failures: Failure[]; readonly order: string[] };

export function runStream(decoder: StreamDecoder, pieces: readonly Uint8Array[]): StreamLog {
  const log: StreamLog = { events: [], failures: [], order: [] };
  const sink = {
    event: (event: Event) => {
      log.events.push(event);
      log.order.push(event.type);
    },
    fail: (failure: Failure) => {
      log.failures.push(failure);
      log.order.push('fail');
    },
  };
  for (const piece of pieces) decoder.push(piece, sink);
  decoder.end(sink);
  return log;
}

export function decodeSample(surface: Surface, { file, bytes }: Sample): unknown {
  const context = freshContext(file);
  if (!file.stream) return plain(describeDecoded(surface.decode(file.head, bytes, context)));
  const log = runStream(surface.openStream(file.head, context), [bytes]);
  const [failure] = log.failures;
  return plain({
    events: log.events,
    ...(failure === undefined ? { reply: foldEvents(log.events) } : { failure: describeFailure(failure) }),
  });
}

export function foldEvents(events: readonly Event[]): ReturnType<ReplyFold['reply']> {
  const fold = new ReplyFold();
  for (const event of events) fold.push(event);
  return fold.reply();
}

function describeDecoded(decoded: Decoded): unknown {
  return decoded.type === 'reply' ? { reply: decoded.reply } : { failure: describeFailure(decoded.failure) };
}

export function describeFailure({ error, ...failure }: Failure): unknown {
  const { code, message, retryAfterMs, detail, upstream } = error;
  return { code, message, retryAfterMs, detail, upstream, ...failure };
}

/** As JSON has it: what is undefined is left out. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
