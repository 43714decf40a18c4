// The tools of a request, those that its input adds later included, and what is said about choosing them. Tools that would
// run at the server are refused by name, since nothing here runs them; a web search or the like that is only offered beside
// the client's own tools is left out and told.

import type { JsonObject, Tool, ToolChoice } from '../../core/neutral/index.ts';
import type { JsonReader, Labels } from '../../core/wire/index.ts';
import { CUSTOM_INPUT, ToolNames, type KnownTool, type ToolKind } from './tool-names.ts';

const NO_PARAMETERS: JsonObject = { type: 'object', properties: {} };
const SEARCH_PARAMETERS: JsonObject = {
  type: 'object',
  properties: { query: { type: 'string', description: 'What the tool shall do.' } },
  required: ['query'],
};
const TOOL_SEARCH = 'tool_search';

/** Clients put these into every request, for servers that have them. */
const OFFERED = /^(?:web_search|image_generation)/;

/** Where a list of tools came from: the request's own list, or what was loaded into the conversation since. */
type Source = 'declared' | 'loaded';

export class ToolList {
  readonly names = new ToolNames();
  readonly #labels: Labels;
  readonly #tools = new Map<string, Tool>();
  #offered: JsonReader | undefined;

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  get tools(): readonly Tool[] {
    return [...this.#tools.values()];
  }

  addAll(entries: readonly JsonReader[], source: Source, namespace?: string): void {
    for (const entry of entries) this.#add(entry, source, namespace);
  }

  /** @throws where the request has nothing but tools that nobody runs: it was made for them. */
  close(): void {
    if (this.#offered !== undefined && this.#tools.size === 0) throw refuseTool(this.#offered);
  }

  #add(entry: JsonReader, source: Source, namespace: string | undefined): void {
    const type = entry.field('type');
    switch (type.expectString()) {
      case 'function':
        this.#put(entry, { kind: 'function', name: nameOf(entry), namespace }, source, decodeFunction(entry));
        return;
      case 'custom':
        this.#put(entry, { kind: 'custom', name: nameOf(entry), namespace }, source, decodeCustom(entry));
        return;
      case 'namespace':
        if (namespace !== undefined) throw type.fault('must not stand inside another namespace.');
        this.addAll(entry.field('tools').expectArray(), source, nameOf(entry));
        return;
      case TOOL_SEARCH:
        this.#addSearch(entry, source);
        return;
      default:
        if (!OFFERED.test(type.expectString())) throw refuseTool(type);
        this.#offered ??= type;
        this.#labels.add(`tools.${type.expectString()}`, true);
    }
  }

  #addSearch(entry: JsonReader, source: Source): void {
    if (entry.given('execution')?.expectString() !== 'client') {
      // A search at the server would find the tools of this very request: all of them are given to the model at once.
      this.#labels.add('tools.tool_search', true);
      return;
    }
    this.#put(entry, { kind: 'tool_search', name: TOOL_SEARCH, namespace: undefined }, source, {
      description: entry.given('description')?.expectString(),
      parameters: entry.given('parameters')?.expectObject() ?? SEARCH_PARAMETERS,
      strict: undefined,
    });
  }

  #put(entry: JsonReader, known: KnownTool, source: Source, tool: Omit<Tool, 'name'>): void {
    if (this.names.has(known)) {
      // What a search found twice is found once.
      if (source === 'loaded') return;
      throw entry.field('name').fault('is the name of an earlier tool too.');
    }
    const name = this.names.add(known);
    this.#tools.set(name, { name, ...tool });
  }
}

function refuseTool(type: JsonReader) {
  return type.fault(
    `is '${shorten(type.expectString())}', which is not supported: tools run at the client, as function, custom, ` +
      'namespace or tool_search with client execution.',
    'unsupported',
  );
}

const TYPE_SHOWN_MAX = 64;
function shorten(type: string): string {
  return type.slice(0, TYPE_SHOWN_MAX);
}

const NAME = /^[A-Za-z0-9_.-]{1,128}$/;

function nameOf(entry: JsonReader): string {
  const name = entry.field('name');
  if (!NAME.test(name.expectString())) {
    throw name.fault('must be 1 to 128 characters of a-z, A-Z, 0-9, underscore, dot and dash.');
  }
  return name.expectString();
}

function decodeFunction(entry: JsonReader): Omit<Tool, 'name'> {
  return {
    description: entry.given('description')?.expectString(),
    parameters: entry.given('parameters')?.expectObject() ?? NO_PARAMETERS,
    strict: entry.given('strict')?.optionalBoolean(),
  };
}

function decodeCustom(entry: JsonReader): Omit<Tool, 'name'> {
  const format = entry.given('format');
  const type = format?.field('type').expectOneOf(['text', 'grammar']);
  const description = entry.given('description')?.expectString() ?? '';
  const grammar =
    format === undefined || type !== 'grammar'
      ? ''
      : `The text must follow this ${format.field('syntax').expectOneOf(['lark', 'regex'])} grammar:\n` +
        format.field('definition').expectString();
  return {
    description: [description, `Put the whole text for this tool into '${CUSTOM_INPUT}'.`, grammar]
      .filter((text) => text !== '')
      .join('\n\n'),
    parameters: {
      type: 'object',
      properties: { [CUSTOM_INPUT]: { type: 'string', description: 'The text for the tool, as it is.' } },
      required: [CUSTOM_INPUT],
      additionalProperties: false,
    },
    strict: undefined,
  };
}

export type ChosenTools = { readonly tools: readonly Tool[]; readonly toolChoice: ToolChoice };

const AUTO: ToolChoice = { type: 'auto' };

export function decodeToolChoice(field: JsonReader | undefined, list: ToolList): ChosenTools {
  const { tools } = list;
  if (field === undefined) return { tools, toolChoice: AUTO };
  if (typeof field.value === 'string') {
    const type = field.expectOneOf(['auto', 'none', 'required']);
    if (type === 'required' && tools.length === 0) {
      throw field.fault("is only allowed to be 'required' when 'tools' are specified.");
    }
    return { tools, toolChoice: { type } };
  }
  if (field.field('type').value === 'allowed_tools') return decodeAllowed(field, list);
  return { tools, toolChoice: { type: 'named', name: decodeChosen(field, list) } };
}

function decodeAllowed(field: JsonReader, list: ToolList): ChosenTools {
  const mode = field.field('mode').expectOneOf(['auto', 'required']);
  const names = new Set(
    field
      .field('tools')
      .expectArray()
      .map((entry) => decodeChosen(entry, list)),
  );
  if (names.size === 0) throw field.field('tools').fault('must not be empty.');
  return { tools: list.tools.filter((tool) => names.has(tool.name)), toolChoice: { type: mode } };
}

function decodeChosen(entry: JsonReader, list: ToolList): string {
  const type = entry.field('type');
  const kind: ToolKind | undefined = kindOf(type.expectString());
  if (kind === undefined) throw refuseTool(type);
  const nameField = kind === 'tool_search' ? type : entry.field('name');
  const namespace = entry.given('namespace')?.expectString();
  const name = list.names.find({ kind, name: nameField.expectString(), namespace });
  if (name === undefined) throw nameField.fault('names no tool of this request.');
  return name;
}

function kindOf(type: string): ToolKind | undefined {
  return type === 'function' || type === 'custom' || type === 'tool_search' ? type : undefined;
}
