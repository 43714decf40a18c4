// Bodies that clients compress: which codings are taken, and their decoders, bounded in memory. What is decoded is given
// on as it comes, so that whoever counts the bytes can end a bomb long before it has gone off.

import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createZstdDecompress,
  type BrotliDecompress,
  type Gunzip,
  type ZstdDecompress,
} from 'node:zlib';

import { GatewayError } from '../core/errors/index.ts';

export type ContentCoding = 'gzip' | 'br' | 'zstd';

/** For an `accept-encoding` header beside a refusal (RFC 7694). */
export const TAKEN_CODINGS = 'gzip, br, zstd';

const CODINGS: ReadonlyMap<string, ContentCoding | 'identity'> = new Map([
  ['', 'identity'],
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  // RFC 9110, 8.4.1.3: the same thing.
  ['x-gzip', 'gzip'],
  ['br', 'br'],
  ['zstd', 'zstd'],
]);

const MIB = 1024 * 1024;
const ZSTD_WINDOW_LOG_MAX = 23;

/** What a decoder may hold besides its output: mostly the window of the format. */
export const DECODER_BYTES: Readonly<Record<ContentCoding, number>> = {
  gzip: 64 * 1024,
  br: 16 * MIB,
  // RFC 9659: no more than 8 MiB for a content coding, though the format could ask for gigabytes.
  zstd: 2 ** ZSTD_WINDOW_LOG_MAX,
};

/** Undefined for what is not taken: unknown codings, and lists of several. */
export function parseContentCoding(header: string): ContentCoding | 'identity' | undefined {
  return CODINGS.get(header.trim().toLowerCase());
}

export type DecoderSink = {
  data(chunk: Buffer): void;
  end(): void;
  fail(error: GatewayError): void;
  /** The decoder has room again, after a `write` that said it had none. */
  drain(): void;
};

export type Decoder = {
  /** False when it wants no more for now. */
  write(chunk: Buffer): boolean;
  /** The body is over. */
  end(): void;
  /** Stops at once; nothing is called back any more. */
  close(): void;
};

function createStream(coding: ContentCoding): Gunzip | BrotliDecompress | ZstdDecompress {
  switch (coding) {
    case 'gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX } });
  }
}

/** Calls back exactly one of `end` and `fail`, unless it is closed before. */
export function openDecoder(coding: ContentCoding, sink: DecoderSink): Decoder {
  const stream = createStream(coding);
  let fedBytes = 0;
  let over = false;

  function finish(fault: string | undefined): void {
    if (over) return;
    over = true;
    stream.destroy();
    if (fault === undefined) sink.end();
    else sink.fail(undecodable(coding, fault));
  }

  stream.on('data', (chunk: Buffer) => {
    if (!over) sink.data(chunk);
  });
  // Also comes when the format has ended and the body has not: then not all that was fed was taken.
  stream.on('end', () => finish(stream.bytesWritten === fedBytes ? undefined : 'goes on after its end'));
  stream.on('error', (thrown: Error & { code?: unknown }) =>
    finish(thrown.code === 'Z_BUF_ERROR' ? 'ends too early' : 'is not valid'),
  );
  stream.on('drain', () => {
    if (!over) sink.drain();
  });

  return {
    write(chunk) {
      if (over) return true;
      fedBytes += chunk.length;
      return stream.write(chunk);
    },
    end() {
      if (!over) stream.end();
    },
    close() {
      over = true;
      stream.destroy();
    },
  };
}

function undecodable(coding: ContentCoding, fault: string): GatewayError {
  return new GatewayError(
    'invalid_request',
    `The request body cannot be decompressed: the header content-encoding says ${coding}, and as such it ${fault}.`,
    { param: 'content-encoding' },
  );
}
