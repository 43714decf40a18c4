// The model behind the org: small, deterministic, and honest about what reached it. It echoes the last user message and
// says how much of the conversation it saw; calls tools when it must or is asked to by name; quotes tool results; says the
// markers it found in files and long texts; answers with valid JSON when a format is asked for. A scripted reply is said
// word for word, whatever the limits.
import { markersIn } from './markers.ts';
import type { Family } from './models.ts';
import type { ReplyUsage, ScriptedReply } from './replies.ts';
import { argumentsFor, sampleFor } from './schema-values.ts';

export type Message = { readonly role: 'system' | 'user' | 'assistant' | 'tool'; readonly text: string };
/** `markers` are the words found in it that prove it arrived. */
export type AttachedFile = {
  readonly mimeType: string;
  readonly bytes: number;
  readonly markers: readonly string[];
};
export type Tool = { readonly name: string; readonly parameters: unknown };

export type Question = {
  readonly family: Family;
  readonly messages: readonly Message[];
  /** Those it may use. */
  readonly tools: readonly Tool[];
  readonly toolMode: 'auto' | 'none' | 'any' | 'tool';
  readonly parallelCalls: boolean;
  readonly outputTokensMax: number | undefined;
  readonly stopSequences: readonly string[];
  /** `text`, any JSON object, or JSON valid for a schema. */
  readonly format: 'text' | 'json' | { readonly schema: unknown };
  readonly files: readonly AttachedFile[];
  readonly reasons: boolean;
};

export type ToolCall = { readonly name: string; readonly arguments: Record<string, unknown> };

export type Answer = {
  readonly text: string;
  readonly reasoning: string | undefined;
  readonly toolCalls: readonly ToolCall[];
  readonly finish: string;
  readonly stopSequence: string | undefined;
  readonly usage: ReplyUsage;
};

/** A question of plain text. */
export const plainQuestion = (family: Family, messages: readonly Message[]): Question => ({
  family,
  messages,
  tools: [],
  toolMode: 'none',
  parallelCalls: false,
  outputTokensMax: undefined,
  stopSequences: [],
  format: 'text',
  files: [],
  reasons: false,
});

// Characters a token, as measured on the same prose (reference 2.10, [O H]); the others are round numbers.
const charactersPerToken: Readonly<Record<Family, number>> = {
  claude: 3.39,
  gemini: 6.75,
  gpt: 4,
  nova: 4,
  nemotron: 4,
  ada: 4,
};

const echoCharactersMax = 4000;
const askCharactersMax = 8000;
const messageOverheadTokens = 3;
const fileTokens = 1000;
const reasoningTokens = 32;
const deltasDefaultMax = 32;

export const estimateTokens = (family: Family, characters: number): number =>
  Math.ceil(characters / charactersPerToken[family]);

/** Input tokens of a question: one estimate for whole replies, streams and window checks. */
export function inputTokensOf(question: Question): number {
  let characters = question.tools.length === 0 ? 0 : JSON.stringify(question.tools).length;
  for (const message of question.messages) characters += message.text.length;
  return (
    estimateTokens(question.family, characters) +
    messageOverheadTokens * question.messages.length +
    fileTokens * question.files.length
  );
}

// What agents slip into a user's message on their own account. It names tools in plenty, and none of it is the user's wish.
const reminderOpen = '<system-reminder>';
const reminderClose = '</system-reminder>';

/** A text without the reminders in it; one that is never closed goes on to the end. */
function withoutReminders(text: string): string {
  let words = '';
  let from = 0;
  for (let at = text.indexOf(reminderOpen); at !== -1; at = text.indexOf(reminderOpen, from)) {
    words += text.slice(from, at);
    const close = text.indexOf(reminderClose, at);
    if (close === -1) return words.trim();
    from = close + reminderClose.length;
  }
  return from === 0 ? text : (words + text.slice(from)).trim();
}

/** The user's last own words: a message of nothing but reminders has none. */
function lastUserText(question: Question): string {
  for (const { role, text } of question.messages.toReversed()) {
    const words = role === 'user' ? withoutReminders(text) : '';
    if (words !== '') return words;
  }
  return '';
}

const clip = (text: string, most: number): string => {
  if (text.length <= most) return text;
  // A cut between the halves of a surrogate pair would not be text any more.
  const end = /[\uD800-\uDBFF]/u.test(text.charAt(most - 1)) ? most - 1 : most;
  return text.slice(0, end);
};

const askingVerb = /\b(?:call|use|invoke|run|execute|try)\b/iu;
const isWordCharacter = (character: string): boolean => /[\w-]/u.test(character);

/** Where a name stands as a word of its own, or -1. */
function indexOfName(text: string, name: string): number {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    if (!isWordCharacter(text.charAt(at - 1)) && !isWordCharacter(text.charAt(at + name.length))) return at;
  }
  return -1;
}

/** The tools a text asks for: by name after a verb, "all" or "both" of them, or just "the tool". */
function toolsAskedFor(text: string, tools: readonly Tool[]): readonly Tool[] {
  const recent = text.slice(-askCharactersMax);
  const verb = recent.search(askingVerb);
  if (verb === -1) return [];
  const rest = recent.slice(verb);
  const named = tools.filter((tool) => indexOfName(rest, tool.name) !== -1);
  if (named.length > 0) return named;
  if (/\b(?:all|both|every)\b[^.!?\n]{0,40}\btools?\b/iu.test(rest)) return tools;
  return /\b(?:the|a|your) tool\b/iu.test(rest) ? tools.slice(0, 1) : [];
}

/** Arguments written out in the prompt after the tool's name win over made-up ones. */
function argumentsIn(text: string, name: string): Record<string, unknown> | undefined {
  const recent = text.slice(-askCharactersMax);
  const at = indexOfName(recent, name);
  const start = recent.indexOf('{', at);
  if (at === -1 || start === -1 || start - at - name.length > 20) return undefined;
  for (let end = recent.indexOf('}', start); end !== -1; end = recent.indexOf('}', end + 1)) {
    try {
      const value: unknown = JSON.parse(recent.slice(start, end + 1));
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        return value as Record<string, unknown>;
      }
    } catch {
      // Not the closing brace yet.
    }
  }
  return undefined;
}

function chosenCalls(question: Question): readonly ToolCall[] {
  const { tools, toolMode } = question;
  if (toolMode === 'none' || tools.length === 0) return [];
  const text = lastUserText(question);
  const asked = toolsAskedFor(text, tools);
  const forced = toolMode !== 'auto';
  // After results the answer is text, unless a call is forced: the words that asked for them are served.
  if (!forced && freshResults(question).length > 0) return [];
  const wanted = asked.length === 0 && forced ? tools.slice(0, 1) : asked;
  const calls = wanted.map((tool) => ({
    name: tool.name,
    arguments: argumentsIn(text, tool.name) ?? argumentsFor(tool.parameters),
  }));
  return question.parallelCalls ? calls : calls.slice(0, 1);
}

/** What the tools said since the model last spoke. */
function freshResults(question: Question): readonly Message[] {
  const { messages } = question;
  const lastAssistant = messages.findLastIndex((message) => message.role === 'assistant');
  return messages.slice(lastAssistant + 1).filter((message) => message.role === 'tool');
}

/** The markers a text leaves unsaid: those in files, and those beyond where a long text was clipped. */
function unsaidMarkers(question: Question, said: string): string {
  const heard = [lastUserText(question), ...freshResults(question).map((result) => result.text)];
  const markers = [...question.files.flatMap((file) => file.markers), ...heard.flatMap(markersIn)];
  const unsaid = [...new Set(markers)].filter((marker) => !said.includes(marker));
  return unsaid.length === 0 ? '' : ` [${unsaid.join(' ')}]`;
}

function proseOf(question: Question): string {
  const { messages } = question;
  const results = freshResults(question);
  const seen = `${messages.length} ${messages.length === 1 ? 'message' : 'messages'}`;
  if (results.length > 0) {
    const quoted = results.map((result) => clip(result.text, echoCharactersMax)).join('; ');
    return `The tools say: ${quoted} ✓ (saw ${seen})`;
  }
  const asked = clip(lastUserText(question), echoCharactersMax);
  const files = question.files.map((file) => `${file.mimeType} of ${file.bytes} bytes`).join(', ');
  return `Echo: ${asked} ✓ (saw ${seen}${files === '' ? '' : ` and ${files}`})`;
}

function spokenText(question: Question): string {
  const { format } = question;
  if (typeof format === 'object') return JSON.stringify(sampleFor(format.schema));
  if (format === 'json') {
    const asked = clip(lastUserText(question), echoCharactersMax);
    return JSON.stringify({ echo: asked + unsaidMarkers(question, asked) });
  }
  const prose = proseOf(question);
  return prose + unsaidMarkers(question, prose);
}

type Spoken = {
  readonly text: string;
  readonly finish: string;
  readonly stopSequence?: string;
  readonly cut?: boolean;
};

function limited(question: Question, text: string): Spoken {
  let spoken: Spoken = { text, finish: 'stop' };
  for (const stopSequence of question.stopSequences) {
    const at = stopSequence === '' ? -1 : spoken.text.indexOf(stopSequence);
    if (at !== -1) spoken = { text: spoken.text.slice(0, at), finish: 'stop_sequence', stopSequence };
  }
  const most = question.outputTokensMax;
  if (most !== undefined && estimateTokens(question.family, spoken.text.length) > most) {
    const characters = Math.floor(most * charactersPerToken[question.family]);
    return { text: clip(spoken.text, characters), finish: 'length', cut: true };
  }
  return spoken;
}

/** What the model answers, with a script's word for it where there is one. */
export function think(question: Question, reply?: ScriptedReply): Answer {
  const scripted = reply?.text !== undefined || reply?.toolCalls !== undefined;
  const toolCalls = scripted ? (reply.toolCalls ?? []) : chosenCalls(question);
  let spoken: Spoken = { text: '', finish: 'stop' };
  if (scripted) spoken = { text: reply.text ?? '', finish: 'stop' };
  else if (toolCalls.length === 0) spoken = limited(question, spokenText(question));
  const reasoning = reply?.reasoning;
  const reasoned = question.reasons ? reasoningTokens : 0;
  const hidden = reasoning === undefined ? reasoned : estimateTokens(question.family, reasoning.length);
  const callCharacters = toolCalls.length === 0 ? 0 : JSON.stringify(toolCalls).length;
  const said = estimateTokens(question.family, spoken.text.length + callCharacters);
  const output = spoken.cut === true ? (question.outputTokensMax ?? said) : said + hidden;
  return {
    text: spoken.text,
    reasoning,
    toolCalls,
    finish: reply?.finish ?? (toolCalls.length > 0 ? 'tool_calls' : spoken.finish),
    stopSequence: spoken.stopSequence,
    usage: reply?.usage ?? {
      input: inputTokensOf(question),
      output,
      ...(hidden > 0 ? { reasoning: hidden } : {}),
    },
  };
}

/** Splits a text into deltas without breaking a character; `pieces` deltas when the text is long enough. */
export function deltasOf(text: string, pieces: number | undefined): string[] {
  if (text === '') return [];
  const characters = /[\u{10000}-\u{10FFFF}]/u.test(text) ? Array.from(text) : text;
  const wanted = Math.min(
    pieces ?? Math.min(deltasDefaultMax, Math.ceil(characters.length / 16)),
    characters.length,
  );
  const deltas: string[] = [];
  for (let index = 0; index < wanted; index += 1) {
    const from = Math.floor((index * characters.length) / wanted);
    const to = Math.floor(((index + 1) * characters.length) / wanted);
    const piece = characters.slice(from, to);
    deltas.push(typeof piece === 'string' ? piece : piece.join(''));
  }
  return deltas;
}
