// How many bytes of request bodies are in memory at once, over all clients: beyond its limit requests are shed, before the
// machine is short of memory. Bodies count as they arrive, not as they are announced.

export class BodyBudget {
  readonly #bytesMax: number;
  #heldBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#heldBytes + bytes <= this.#bytesMax;
  }

  /** False when there is no room: then nothing was taken. */
  take(bytes: number): boolean {
    if (!this.hasRoomFor(bytes)) return false;
    this.#heldBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}
