// Server-sent events, structure to text. Each function gives one whole frame, its closing blank line included.

/** A comment every reader of server-sent events skips: it keeps idle connections open. */
export const SSE_KEEP_ALIVE = ': keep-alive\n\n';

const LINE_BREAK = /\r\n|\r|\n/;

function formatLines(data: string): string {
  // JSON text holds no raw line break, so nearly every frame takes the first way.
  if (!LINE_BREAK.test(data)) return `data: ${data}\n`;
  return data
    .split(LINE_BREAK)
    .map((line) => `data: ${line}\n`)
    .join('');
}

export function formatSseData(data: string): string {
  return `${formatLines(data)}\n`;
}

/** `name` must not hold a line break: names are our own constants, or were themselves read from one line. */
export function formatSseEvent(name: string, data: string): string {
  return `event: ${name}\n${formatLines(data)}\n`;
}

/** Of an answer that is such a stream. */
export const SSE_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Proxies of the nginx kind hold a stream back unless told not to.
  'x-accel-buffering': 'no',
} as const;
