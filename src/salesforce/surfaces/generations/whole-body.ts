// The bytes of a whole reply that came in place of a stream, until it has ended.

/** Of such a reply. */
const WHOLE_REPLY_BYTES_MAX = 32 * 1024 * 1024;

export class WholeBody {
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  /** False where it has become too much; what had come is let go. */
  push(chunk: Uint8Array): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes <= WHOLE_REPLY_BYTES_MAX) {
      this.#chunks.push(new Uint8Array(chunk));
      return true;
    }
    this.#chunks = [];
    return false;
  }

  /** All that came. It is not kept. */
  take(): Uint8Array {
    const chunks = this.#chunks;
    this.#chunks = [];
    return Buffer.concat(chunks, this.#bytes);
  }
}
