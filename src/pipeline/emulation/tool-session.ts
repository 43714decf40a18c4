// Tools by prompt, for one call: the model's text goes on as it comes, its calls go on once they fit, and what does not fit
// is withheld and asked for once more. What fails again is told as text: an answer never pretends.

import type { Call, Event, FinishReason, Loss, Message, Tool } from '../../core/neutral/index.ts';
import { createMarkup, type CallMarkup } from './call-markup.ts';
import { CallParser, type ParsedPiece } from './call-parser.ts';
import { readCalls, type CallRules, type ReadCall } from './call-reader.ts';
import { readPlaceholders } from './placeholders.ts';
import { DONE, type EmulationContext, type EmulationSession, type RoundEnd } from './port.ts';
import { TextRecord } from './text-record.ts';
import { formatToolPrompt, showTools, toolLoss } from './tool-prompt.ts';

type Finish = Extract<Event, { type: 'finish' }>;
type Fault =
  | Extract<ReadCall, { type: 'fault' }>
  /** A tool's result that the model wrote itself and never closed, at most one a round; what it wrote. */
  | { readonly type: 'made-up'; readonly source: string };

const CHOICE = 0;
/** More faults than these are not told. */
const FAULTS_MAX = 8;
/** What stands before a result's own text: the rest of its opening mark. */
const RESULT_OPENING = /^[^>\n]{0,256}>\s*/u;
/** A model that calls without end is cut short. */
const CALLS_MAX = 128;

export function openToolSession(call: Call, context: EmulationContext): EmulationSession {
  return new ToolSession(call, context);
}

class ToolSession implements EmulationSession {
  readonly call: Call;
  readonly loss: readonly Loss[];
  readonly #asked: Call;
  readonly #context: EmulationContext;
  readonly #markup: CallMarkup;
  readonly #prompt: string;
  readonly #rules: CallRules;
  #parser: CallParser;
  /** Whether the round under way was asked for by this session, which then knows better what to keep of it. */
  #repairing = false;
  #textOpen = false;
  #textTold = false;
  /** A part of another kind than text is open and passes through. */
  #otherOpen = false;
  /** The model's own words of this round, marks and all. */
  readonly #said = new TextRecord();
  /** Text of a repair round: told only where no call comes of it. */
  #kept: string[] = [];
  #told = new Set<string>();
  #calls = 0;
  #faults: Fault[] = [];
  /** The faults of the round before, for when the next one brings nothing. */
  #withheld: readonly Fault[] = [];
  /** Calls that nobody may make now. */
  #unwanted = 0;
  #finish: Finish | undefined;

  constructor(call: Call, context: EmulationContext) {
    this.#asked = call;
    this.#context = context;
    this.#markup = createMarkup(call, context.newId);
    const tools = callable(call);
    const placeholders = readPlaceholders(call);
    const prompt = formatToolPrompt(call, tools, this.#markup, placeholders.explanation);
    this.#prompt = prompt.text;
    this.#rules = {
      tools: new Map(tools.map((tool) => [tool.name, tool])),
      defaults: placeholders.defaults,
    };
    this.loss = [toolLoss(tools.length, prompt)];
    this.call = showTools(call, prompt.text, this.#markup);
    this.#parser = this.#newParser();
  }

  push(event: Event): void {
    switch (event.type) {
      case 'text-start':
        return;
      case 'text-delta':
        this.#said.push(event.text);
        this.#parser.push(event.text);
        return;
      case 'finish':
        this.#finish = event;
        return;
      case 'part-end':
        // The end of a text part is no end of ours: calls may follow in the next.
        if (!this.#otherOpen) return;
        this.#otherOpen = false;
        break;
      case 'reasoning-start':
      case 'tool-call-start':
        this.#closeText();
        this.#otherOpen = true;
        break;
      case 'reply-start':
      case 'reasoning-delta':
      case 'tool-call-delta':
      case 'usage':
      case 'safety':
        break;
    }
    this.#context.out(event);
  }

  end(last: boolean): RoundEnd {
    this.#parser.end();
    const reason = this.#finish?.reason ?? 'stop';
    const cut = reason !== 'stop' && reason !== 'tool-calls';
    // A cut answer would be cut again.
    const repair = last || cut ? undefined : this.#repairWords();
    if (repair !== undefined) return { type: 'again', call: this.#repairCall(repair) };
    this.#conclude(cut ? reason : undefined);
    return DONE;
  }

  giveUp(): void {
    this.#kept = [];
    this.#faults = [];
    this.#conclude(undefined);
  }

  prepare(call: Call): Call {
    this.#beginRound(false);
    return showTools(call, this.#prompt, this.#markup);
  }

  #newParser(): CallParser {
    return new CallParser(this.#markup, (piece) => this.#take(piece));
  }

  #take(piece: ParsedPiece): void {
    if (piece.type === 'text') {
      if (this.#repairing) this.#kept.push(piece.text);
      else this.#tellText(piece.text);
      return;
    }
    if (piece.type === 'broken' && piece.of === 'result') {
      this.#faults.push({ type: 'made-up', source: piece.source.replace(RESULT_OPENING, '').trimEnd() });
      return;
    }
    if (this.#rules.tools.size === 0) {
      this.#unwanted += 1;
      return;
    }
    for (const read of readPiece(piece, this.#rules)) {
      if (read.type === 'call') this.#tellCall(read.name, read.arguments);
      else if (this.#faults.length < FAULTS_MAX) this.#faults.push(read);
    }
  }

  #tellText(text: string): void {
    if (!this.#textOpen) this.#context.out({ type: 'text-start', choice: CHOICE });
    this.#textOpen = true;
    this.#textTold = true;
    this.#context.out({ type: 'text-delta', choice: CHOICE, text });
  }

  /** Apart from what the model had said before it was asked again. */
  #tellApart(text: string): void {
    this.#tellText(this.#textOpen ? `\n\n${text}` : text);
  }

  #closeText(): void {
    if (this.#textOpen) this.#context.out({ type: 'part-end', choice: CHOICE, seal: undefined });
    this.#textOpen = false;
  }

  #tellCall(name: string, given: string): void {
    const identity = `${name} ${given}`;
    // A model that is asked to mend one call tends to repeat the others.
    if (this.#repairing && this.#told.has(identity)) return;
    const most = this.#asked.parallelToolCalls === false ? 1 : CALLS_MAX;
    if (this.#calls >= most) return;
    this.#calls += 1;
    this.#told.add(identity);
    this.#closeText();
    const id = `call_${this.#context.newId()}`;
    this.#context.out({ type: 'tool-call-start', choice: CHOICE, id, name });
    this.#context.out({ type: 'tool-call-delta', choice: CHOICE, arguments: given });
    this.#context.out({ type: 'part-end', choice: CHOICE, seal: undefined });
  }

  /** What the model shall be told; undefined where nothing has to be asked for. */
  #repairWords(): string | undefined {
    if (this.#faults.some(({ type }) => type === 'fault')) {
      const faults = this.#faults.map(describeFault).join('\n');
      const accepted = this.#calls === 0 ? '' : ' The other calls were accepted; do not repeat them.';
      return `A tool call of yours cannot be used:\n${faults}\nWrite the corrected call now, and nothing else.${accepted} ${this.#form()}`;
    }
    if (this.#faults.length > 0) {
      const offer = this.#rules.tools.size === 0 ? '' : ` To call a tool: ${this.#form()}`;
      const next = this.#demandWords() ?? `Answer again without it.${offer}`;
      return `You wrote the result of a tool yourself, in a block that never closes. Results come from the tools alone. ${next}`;
    }
    if (this.#calls > 0) return undefined;
    if (this.#rules.tools.size === 0) {
      return this.#unwanted > 0 && !this.#textTold
        ? 'No tool can be called now. Answer in plain words, without any block.'
        : undefined;
    }
    return this.#demandWords();
  }

  /** Where the caller demanded a call. */
  #demandWords(): string | undefined {
    const { toolChoice } = this.#asked;
    if (this.#rules.tools.size === 0) return undefined;
    if (toolChoice.type === 'named') {
      return `You must call the tool ${JSON.stringify(toolChoice.name)} in this turn. Write the call now, and nothing else. ${this.#form()}`;
    }
    if (toolChoice.type !== 'required') return undefined;
    return `You must call one of the tools in this turn. Write the call now, and nothing else. ${this.#form()}`;
  }

  #form(): string {
    const { open, close } = this.#markup;
    return `Use the form ${open}{"name": "...", "arguments": {...}}${close}.`;
  }

  #repairCall(words: string): Call {
    const said = this.#said.text;
    this.#beginRound(true);
    const repair: Message[] = [
      { role: 'assistant', content: [{ type: 'text', text: said === '' ? '(nothing)' : said }] },
      { role: 'user', content: [{ type: 'text', text: words }] },
    ];
    return { ...this.call, messages: [...this.call.messages, ...repair] };
  }

  #beginRound(repairing: boolean): void {
    this.#repairing = repairing;
    this.#parser = this.#newParser();
    this.#said.clear();
    this.#kept = [];
    this.#finish = undefined;
    this.#withheld = this.#faults;
    this.#faults = [];
  }

  #conclude(cut: FinishReason | undefined): void {
    const words = this.#repairing ? this.#kept.join('').trim() : '';
    const lacking = this.#calls === 0 || this.#faults.length > 0;
    // A model that twice answers in words where a call was demanded says the same twice; the first time was its answer.
    const saidBefore = this.#textTold && this.#withheld.length === 0;
    if (words !== '' && lacking && !saidBefore) this.#tellApart(words);
    if (lacking && (words === '' || this.#faults.length > 0)) this.#tellFaults(cut);
    this.#closeText();
    const reason = cut ?? (this.#calls > 0 ? 'tool-calls' : 'stop');
    this.#context.out({
      type: 'finish',
      choice: CHOICE,
      reason,
      raw: this.#finish?.raw,
      stopSequence: this.#finish?.stopSequence,
    });
  }

  #tellFaults(cut: FinishReason | undefined): void {
    const faults = this.#faults.length > 0 ? this.#faults : this.#calls > 0 ? [] : this.#withheld;
    // Of a call that was cut the finish reason tells enough.
    if (cut === undefined) this.#tellHonestly(faults);
    for (const fault of faults) {
      if (fault.type === 'made-up') this.#tellApart(describeMadeUp(fault.source));
    }
  }

  #tellHonestly(faults: readonly Fault[]): void {
    const { type } = this.#asked.toolChoice;
    const first = faults.find((fault) => fault.type === 'fault');
    if (first !== undefined) {
      const what = first.name === undefined ? 'a tool' : `the tool ${JSON.stringify(first.name)}`;
      this.#tellApart(`(The model tried to call ${what}, but the call cannot be used: ${first.message}.)`);
    } else if (
      faults.length === 0 &&
      this.#calls === 0 &&
      !this.#textTold &&
      (this.#unwanted > 0 || type === 'required' || type === 'named')
    ) {
      this.#tellApart(
        this.#unwanted > 0
          ? '(The model asked for a tool where none may be called, and said nothing else.)'
          : '(The model called no tool, though one was demanded, and said nothing.)',
      );
    }
  }
}

const NO_JSON = 'it is not valid JSON';

function readPiece(piece: Exclude<ParsedPiece, { type: 'text' }>, rules: CallRules): readonly ReadCall[] {
  if (piece.type === 'call') return readCalls(piece.json, rules);
  // Of a block without its end nobody knows what is missing. With its end it may lack no more than a bracket.
  return piece.closed
    ? readCalls(piece.source, rules)
    : [{ type: 'fault', name: undefined, message: NO_JSON }];
}

/** For the model. */
function describeFault(fault: Fault): string {
  if (fault.type === 'made-up') return '- a result that you wrote yourself, in a block that never closes';
  const whose = fault.name === undefined ? 'one call' : `the call of ${JSON.stringify(fault.name)}`;
  return `- ${whose}: ${fault.message}`;
}

/** For the client: the model's answer may stand in it, so it is told, and as what it is. */
function describeMadeUp(source: string): string {
  return source === ''
    ? '(The model began to write the result of a tool itself, and said nothing more.)'
    : `(The model wrote the result of a tool itself, and never closed it:)\n${source}`;
}

function callable(call: Call): readonly Tool[] {
  const { toolChoice, tools } = call;
  if (toolChoice.type === 'none') return [];
  if (toolChoice.type !== 'named') return tools;
  return tools.filter((tool) => tool.name === toolChoice.name);
}
