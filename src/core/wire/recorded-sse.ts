// A recorded stream of server-sent events, text to numbered frames, for those who check streams rather than serve them: what a
// parser must pass over in silence is told here. Frames are those of the WHATWG rules, whatever is wrong with them.

import {
  FaultLog,
  type GrammarOptions,
  type StreamFault,
  type StreamFrame,
  type StreamRule,
} from './stream-faults.ts';

const SSE = 'WHATWG HTML, 9.2 Server-sent events';

export const FRAMING_RULES = {
  'utf-8': {
    clause: `${SSE}: event streams are always UTF-8`,
    fix: 'Write UTF-8, and cut pieces between characters only where they are joined again before they are decoded.',
  },
  'unfinished-frame': {
    clause: `${SSE}: an event without its blank line is discarded`,
    fix: 'End every frame, the last one too, with a blank line.',
  },
  'stray-line': {
    clause: `${SSE}: a line of an unknown field is ignored`,
    fix: 'Begin each line with "event:", "data:", "id:", "retry:" or, for a comment, ":"; break no line inside JSON.',
  },
  'frame-without-data': {
    clause: `${SSE}: an event without data is not dispatched`,
    fix: 'Give each event its data line.',
  },
  'frame-lines': {
    clause: 'A frame of this gateway is one event line at most and one data line, ended by line feeds',
    fix: 'Write the event line, then one data line, then a blank line, and end them with a line feed alone.',
    strict: true,
  },
} as const satisfies Readonly<Record<string, StreamRule>>;

export type FramingRule = keyof typeof FRAMING_RULES;

export type RecordedSse = {
  readonly frames: readonly StreamFrame[];
  /** Comments: keep-alives, mostly. */
  readonly comments: number;
  readonly faults: readonly StreamFault[];
};

const REPLACEMENT = '\uFFFD';

class Recording {
  readonly frames: StreamFrame[] = [];
  readonly log: FaultLog<FramingRule>;
  comments = 0;
  #lines: string[] = [];
  #data: string[] = [];
  #name: string | undefined;

  constructor(options: GrammarOptions) {
    this.log = new FaultLog(FRAMING_RULES, options);
    this.log.frame = 1;
  }

  takeLine(line: string): void {
    if (line === '') {
      this.#endFrame();
      return;
    }
    if (line.startsWith(':')) {
      this.comments += 1;
      return;
    }
    this.#lines.push(line);
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#name = value;
    else if (field !== 'id' && field !== 'retry')
      this.log.tell('stray-line', 'A line is no field of an event.');
  }

  end(rest: string): void {
    if (rest !== '') this.takeLine(rest);
    if (this.#lines.length > 0) this.log.tell('unfinished-frame', 'The stream ends inside a frame.');
  }

  #endFrame(): void {
    const [lines, data, name] = [this.#lines, this.#data, this.#name];
    [this.#lines, this.#data, this.#name] = [[], [], undefined];
    if (lines.length === 0) return;
    this.log.demand(data.length > 0, 'frame-without-data', 'A frame has no data line.');
    if (data.length === 0) return;
    const isPlain =
      lines.length === (name === undefined ? 1 : 2) && lines.at(-1)?.startsWith('data: ') === true;
    this.log.demand(isPlain, 'frame-lines', `A frame has ${lines.length} lines.`);
    this.frames.push({ number: this.frames.length + 1, name, data: data.join('\n') });
    this.log.frame = this.frames.length + 1;
  }
}

/** @param text The stream decoded with replacement characters where it was no UTF-8; `isUtf8` says whether it was. */
export function readRecordedSse(text: string, options: GrammarOptions, isUtf8 = true): RecordedSse {
  const recording = new Recording(options);
  const { log } = recording;
  const lines = (text.startsWith('\uFEFF') ? text.slice(1) : text).split(/\r\n|\r|\n/u);
  const rest = lines.pop() ?? '';
  for (const line of lines) {
    if (!isUtf8 && line.includes(REPLACEMENT)) log.tell('utf-8', 'A line is no UTF-8.');
    recording.takeLine(line);
  }
  if (!isUtf8 && rest.includes(REPLACEMENT)) log.tell('utf-8', 'The last line is no UTF-8.');
  log.demand(!text.includes('\r'), 'frame-lines', 'Lines end with a carriage return.');
  recording.end(rest);
  return { frames: recording.frames, comments: recording.comments, faults: log.list };
}
