// Reads the input of `/responses` (3.8): a text or a list of items, and the rule that calls and outputs belong together.
// The org keeps nothing, so every item must say all there is.
import { markersInBase64 } from '../markers.ts';
import type { AttachedFile, Message } from '../mind.ts';
import type { Model } from '../models.ts';
import { unseal } from '../seals.ts';
import type { Body } from './classic-body.ts';
import { isRecord } from './classic-body.ts';
import { decodedBytes } from './gateway-files.ts';
import type { ErrorPlace } from './native-errors.ts';
import { nativeRefusal, shown } from './native-errors.ts';
import type { Context } from './surface.ts';

const roles = ['user', 'assistant', 'system', 'developer'] as const;
const isRole = (value: unknown): value is (typeof roles)[number] =>
  (roles as readonly unknown[]).includes(value);
const itemTypes = ['message', 'function_call', 'function_call_output', 'reasoning', 'item_reference'];
const dataUrl = /^data:([\w.+/-]+);base64,/u;
const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const idPrefixes: Readonly<Record<string, string>> = { message: 'msg', function_call: 'fc', reasoning: 'rs' };

export type ResponsesConversation = {
  readonly messages: readonly Message[];
  readonly files: readonly AttachedFile[];
};

export const invalidRequest = (context: Context, message: string, place: ErrorPlace = {}): Error =>
  nativeRefusal(context, 'responses', 400, message, place);

/** Reads the items of one request. */
export class ResponsesReader {
  readonly #context: Context;
  readonly #model: Model;
  readonly #files: AttachedFile[] = [];
  readonly #calls = new Set<string>();
  readonly #outputs = new Set<string>();

  constructor(context: Context, model: Model) {
    this.#context = context;
    this.#model = model;
  }

  #invalid(message: string, param: string, code?: string): Error {
    return invalidRequest(this.#context, message, { param, ...(code === undefined ? {} : { code }) });
  }

  #missing(param: string): Error {
    return this.#invalid(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
  }

  #wrongValue(value: unknown, param: string, supported: readonly string[]): Error {
    const known = supported.map((name) => `'${name}'`).join(', ');
    return this.#invalid(
      `Invalid value: '${shown(value)}'. Supported values are: ${known}.`,
      param,
      'invalid_value',
    );
  }

  read(input: unknown): ResponsesConversation {
    if (input === undefined || input === null) throw this.#missing('input');
    if (typeof input === 'string') return { messages: [{ role: 'user', text: input }], files: [] };
    if (!Array.isArray(input)) {
      throw this.#invalid(
        "Invalid type for 'input': expected one of an array of objects or a string.",
        'input',
      );
    }
    if (input.length === 0) throw this.#missing('input');
    const messages = input.flatMap((item: unknown, index) => {
      const path = `input[${index}]`;
      if (!isRecord(item)) throw this.#invalid(`Invalid type for '${path}': expected an object.`, path);
      return this.#readItem(item, path, index === input.length - 1);
    });
    const open = [...this.#calls].find((id) => !this.#outputs.has(id));
    if (open !== undefined) {
      throw this.#invalid(`No tool output found for function call ${open}.`, 'input');
    }
    return { messages, files: this.#files };
  }

  #readItem(item: Body, path: string, last: boolean): readonly Message[] {
    const type = item['type'] ?? (item['role'] === undefined ? undefined : 'message');
    this.#checkId(item, shown(type), path);
    switch (type) {
      case 'message':
        return [this.#readMessage(item, path)];
      case 'function_call':
        this.#readCall(item, path);
        return [{ role: 'assistant', text: '' }];
      case 'function_call_output':
        return [{ role: 'tool', text: this.#readOutput(item, path) }];
      case 'reasoning':
        this.#readReasoning(item, path, last);
        return [];
      case 'item_reference':
        throw this.#notFound(item, path);
      default:
        throw this.#wrongValue(type, path, itemTypes);
    }
  }

  #notFound(item: Body, path: string): Error {
    return this.#invalid(
      `Item with id '${shown(item['id'])}' not found. Items are not persisted when \`store\` is set to false.`,
      path,
    );
  }

  #checkId(item: Body, type: string, path: string): void {
    const { id } = item;
    const prefix = idPrefixes[type];
    if (id === undefined || id === null || prefix === undefined) return;
    if (this.#context.org.responsesItemIds === 'ignored') return;
    if (typeof id === 'string' && id.startsWith(prefix)) return;
    throw this.#invalid(
      `Invalid '${path}.id': '${shown(id)}'. Expected an ID that begins with '${prefix}'.`,
      `${path}.id`,
      'invalid_value',
    );
  }

  #readMessage(item: Body, path: string): Message {
    const { role, content } = item;
    if (!isRole(role)) throw this.#wrongValue(role, `${path}.role`, roles);
    if (content === undefined || content === null) throw this.#missing(`${path}.content`);
    const text = this.#readContent(content, `${path}.content`, role === 'assistant' ? 'output' : 'input');
    return { role: role === 'developer' ? 'system' : role, text };
  }

  #readContent(content: unknown, path: string, side: 'input' | 'output'): string {
    if (typeof content === 'string') return content;
    if (!Array.isArray(content)) {
      throw this.#invalid(`Invalid type for '${path}': expected an array of objects or a string.`, path);
    }
    const texts = content.map((part: unknown, index) => {
      const at = `${path}[${index}]`;
      if (!isRecord(part)) throw this.#invalid(`Invalid type for '${at}': expected an object.`, at);
      return side === 'output' ? this.#spokenPart(part, at) : this.#heardPart(part, at);
    });
    return texts.filter((text) => text !== '').join('\n');
  }

  #spokenPart(part: Body, path: string): string {
    const { type } = part;
    if (type !== 'output_text' && type !== 'refusal') {
      throw this.#wrongValue(type, path, ['output_text', 'refusal']);
    }
    const text = type === 'refusal' ? part['refusal'] : part['text'];
    if (typeof text !== 'string') throw this.#missing(`${path}.${type === 'refusal' ? 'refusal' : 'text'}`);
    return text;
  }

  #heardPart(part: Body, path: string): string {
    switch (part['type']) {
      case 'input_text': {
        const { text } = part;
        if (typeof text !== 'string') throw this.#missing(`${path}.text`);
        return text;
      }
      case 'input_image':
        this.#readMedia(part['image_url'], `${path}.image_url`, imageTypes, this.#model.images);
        return '';
      case 'input_file':
        this.#readMedia(part['file_data'], `${path}.file_data`, ['application/pdf'], this.#model.pdfs);
        return '';
      default:
        throw this.#wrongValue(part['type'], path, ['input_text', 'input_image', 'input_file']);
    }
  }

  #readMedia(url: unknown, path: string, types: readonly string[], supported: boolean): void {
    if (this.#context.org.responsesMedia === 'refused' || !supported) {
      throw this.#invalid(`This model does not support ${types.join(', ')} in its input.`, path);
    }
    if (url === undefined || url === null) throw this.#missing(path);
    if (typeof url === 'string' && /^https?:/u.test(url)) {
      throw this.#invalid(`Error while downloading ${url}. Upstream status code: 403.`, path);
    }
    const head = typeof url === 'string' ? dataUrl.exec(url) : null;
    if (typeof url !== 'string' || head === null) {
      throw this.#invalid(
        `Invalid '${path}'. Expected a base64-encoded data URL, but got a value without one.`,
        path,
        'invalid_value',
      );
    }
    const [start, mimeType = ''] = head;
    if (!types.includes(mimeType)) {
      throw this.#invalid(
        `Invalid MIME type '${mimeType}'. Supported are: ${types.join(', ')}.`,
        path,
        'invalid_value',
      );
    }
    const data = url.slice(start.length);
    const bytes = decodedBytes(data);
    if (bytes === undefined || bytes === 0) {
      throw this.#invalid(`Invalid base64 data in '${path}'.`, path, 'invalid_base64');
    }
    this.#files.push({ mimeType, bytes, markers: markersInBase64(data) });
  }

  #readCall(item: Body, path: string): void {
    for (const name of ['call_id', 'name', 'arguments']) {
      if (item[name] === undefined || item[name] === null) throw this.#missing(`${path}.${name}`);
      if (typeof item[name] !== 'string') {
        throw this.#invalid(
          `Invalid type for '${path}.${name}': expected a string.`,
          `${path}.${name}`,
          'invalid_type',
        );
      }
    }
    this.#calls.add(String(item['call_id']));
  }

  #readOutput(item: Body, path: string): string {
    const { call_id: id, output } = item;
    if (typeof id !== 'string') throw this.#missing(`${path}.call_id`);
    if (!this.#calls.has(id)) {
      throw this.#invalid(`No tool call found for function call output with call_id ${id}.`, 'input');
    }
    if (output === undefined || output === null) throw this.#missing(`${path}.output`);
    this.#outputs.add(id);
    return this.#readContent(output, `${path}.output`, 'input');
  }

  #readReasoning(item: Body, path: string, last: boolean): void {
    const { id, summary, encrypted_content: sealed } = item;
    if (!Array.isArray(summary)) throw this.#missing(`${path}.summary`);
    if (sealed === undefined || sealed === null) throw this.#notFound(item, path);
    if (typeof sealed !== 'string' || unseal(sealed) === undefined) {
      throw this.#invalid(
        'The encrypted content could not be verified. Reason: Encrypted content could not be decrypted or parsed.',
        `${path}.encrypted_content`,
        'invalid_encrypted_content',
      );
    }
    if (last) {
      throw this.#invalid(
        `Item '${shown(id)}' of type 'reasoning' was provided without its required following item.`,
        'input',
      );
    }
  }
}
