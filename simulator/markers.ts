// Finds the markers a client plants to prove that content arrived: words like `NONCE-x7` in texts, PDFs and PNGs. The mind
// says them back. A PNG is read chunk by chunk, since the checksum after a text chunk may look like more of the word.

const marker = /NONCE-[A-Za-z0-9-]+/gu;
const markersMax = 20;
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Length and type before the data of a chunk, checksum after it. */
const chunkHeadBytes = 8;
const checksumBytes = 4;

/** The markers of a text, each once, in order. */
export const markersIn = (text: string): readonly string[] =>
  text.includes('NONCE-') ? [...new Set(text.match(marker))].slice(0, markersMax) : [];

function pngTexts(bytes: Buffer): string {
  const texts: string[] = [];
  let at = pngSignature.length;
  while (at + chunkHeadBytes <= bytes.length) {
    const start = at + chunkHeadBytes;
    const end = start + bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, start);
    if (type === 'tEXt' || type === 'iTXt') texts.push(bytes.toString('latin1', start, end));
    at = end + checksumBytes;
  }
  return texts.join('\n');
}

/** The markers of a file in base64. Compressed parts of it are not opened. */
export function markersInBase64(data: string): readonly string[] {
  const bytes = Buffer.from(data, 'base64');
  if (!bytes.includes('NONCE-')) return [];
  const isPng = bytes.subarray(0, pngSignature.length).equals(pngSignature);
  return markersIn(isPng ? pngTexts(bytes) : bytes.toString('latin1'));
}
