// Embeddings of the simulated org: 1536 wide, of unit length, the same for the same text, and nearer for texts that
// share words. Each word adds to a handful of places chosen by its hash.

const width = 1536;
const placesPerWord = 16;

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

export function embeddingOf(text: string): number[] {
  const vector = Array.from({ length: width }, () => 0);
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  for (const word of [...words, `whole text: ${text}`]) {
    let state = hash(word) || 1;
    for (let place = 0; place < placesPerWord; place += 1) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const at = (state >>> 0) % width;
      vector[at] = (vector[at] ?? 0) + ((state & 65_536) === 0 ? 1 : -1);
    }
  }
  const length = Math.hypot(...vector);
  // Words can in principle cancel each other out; one axis keeps the length at one.
  if (length === 0) return vector.map((_, index) => (index === 0 ? 1 : 0));
  return vector.map((value) => value / length);
}
