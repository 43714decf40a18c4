// Makes one small value that is valid for a JSON Schema: the same schema always gives the same value. Covers what tool
// parameters and response formats use; `pattern` and `not` are beyond it.

type Schema = Readonly<Record<string, unknown>>;

/** References and nesting are followed this far; deeper, only what is required is made as small as can be. */
const depthMax = 12;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

function resolve(schema: Schema, root: Schema, depth: number): Schema {
  const { $ref: reference } = schema;
  if (typeof reference !== 'string' || !reference.startsWith('#') || depth > depthMax) return schema;
  let at: unknown = root;
  for (const part of reference.slice(1).split('/').filter(Boolean)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    at = isRecord(at) || Array.isArray(at) ? (at as Record<string, unknown>)[key] : undefined;
  }
  return isRecord(at) ? resolve({ ...at, ...schema, $ref: at['$ref'] }, root, depth + 1) : {};
}

/** `allOf` laid over the schema itself: properties and required names are joined, other keywords override. */
function merged(schema: Schema, root: Schema, depth: number): Schema {
  const resolved = resolve(schema, root, depth);
  if (!Array.isArray(resolved['allOf'])) return resolved;
  const result: Record<string, unknown> = { ...resolved };
  delete result['allOf'];
  const properties: Record<string, unknown> = {};
  const required = new Set<unknown>();
  const lay = (piece: Schema): void => {
    Object.assign(result, piece);
    if (isRecord(piece['properties'])) Object.assign(properties, piece['properties']);
    if (Array.isArray(piece['required'])) for (const name of piece['required']) required.add(name);
  };
  lay(result);
  for (const part of resolved['allOf'] as unknown[]) if (isRecord(part)) lay(merged(part, root, depth + 1));
  if (Object.keys(properties).length > 0) result['properties'] = properties;
  if (required.size > 0) result['required'] = [...required];
  return result;
}

const formats: Readonly<Record<string, string>> = {
  'date-time': '2026-01-02T03:04:05Z',
  date: '2026-01-02',
  time: '03:04:05Z',
  duration: 'P1D',
  email: 'user@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

function stringFor(schema: Schema, salt: number): string {
  const { format } = schema;
  if (typeof format === 'string' && formats[format] !== undefined) return formats[format];
  const least = number(schema['minLength']) ?? 0;
  const most = number(schema['maxLength']) ?? Infinity;
  const text = salt === 0 ? 'sample' : `sample ${salt}`;
  return text.padEnd(least, '.').slice(0, Math.max(least, Math.min(most, 10_000)));
}

function numberFor(schema: Schema, integer: boolean, salt: number): number {
  const step = number(schema['multipleOf']) ?? (integer ? 1 : undefined);
  const low = number(schema['minimum']);
  const above = number(schema['exclusiveMinimum']);
  const high = number(schema['maximum']);
  const below = number(schema['exclusiveMaximum']);
  let least = Math.max(low ?? -Infinity, above ?? -Infinity);
  const most = Math.min(high ?? Infinity, below ?? Infinity);
  if (least === -Infinity) least = most < 1 ? most - 10 * (step ?? 1) : 1;
  if (step === undefined) {
    if (above !== undefined && least === above) return most === Infinity ? least + 1 : (least + most) / 2;
    return Math.min(least + salt, most);
  }
  let value = Math.ceil(least / step) * step;
  if (above !== undefined && value <= above) value += step;
  return value + salt * step <= most ? value + salt * step : value;
}

function arrayFor(schema: Schema, root: Schema, depth: number): unknown[] {
  const prefix = Array.isArray(schema['prefixItems']) ? (schema['prefixItems'] as unknown[]) : [];
  const items = prefix.map((item) => sampleAt(item, root, depth + 1, 0));
  const most = number(schema['maxItems']) ?? Infinity;
  const least = Math.max(number(schema['minItems']) ?? 0, depth < depthMax ? Math.min(1, most) : 0);
  for (let index = items.length; index < Math.min(least, 1000); index += 1) {
    items.push(sampleAt(schema['items'] ?? {}, root, depth + 1, schema['uniqueItems'] === true ? index : 0));
  }
  return items;
}

function objectFor(schema: Schema, root: Schema, depth: number): Record<string, unknown> {
  const properties = isRecord(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? (schema['required'] as string[]) : [];
  const names = new Set(required);
  for (const name of Object.keys(properties)) {
    if (names.size < (number(schema['minProperties']) ?? 0)) names.add(name);
  }
  const result: Record<string, unknown> = {};
  for (const name of names) result[name] = sampleAt(properties[name] ?? {}, root, depth + 1, 0);
  return result;
}

function typeOf(schema: Schema): string {
  const { type } = schema;
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return String(type.find((item) => item !== 'null') ?? 'null');
  if (schema['properties'] !== undefined || schema['required'] !== undefined) return 'object';
  if (schema['items'] !== undefined || schema['prefixItems'] !== undefined) return 'array';
  if (schema['minimum'] !== undefined || schema['maximum'] !== undefined) return 'number';
  return 'string';
}

function sampleAt(given: unknown, root: Schema, depth: number, salt: number): unknown {
  if (given === true || !isRecord(given)) return 'sample';
  const schema = merged(given, root, depth);
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][salt % schema['enum'].length] as unknown;
  if ('default' in schema && salt === 0) return schema['default'];
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices) && depth <= depthMax) {
    // Near the depth limit the last choice ends recursive schemas, which by custom put null or a leaf last.
    const choice: unknown = depth > depthMax - 4 ? choices.at(-1) : choices[0];
    if (isRecord(choice)) {
      const rest: Record<string, unknown> = { ...schema };
      delete rest['anyOf'];
      delete rest['oneOf'];
      return sampleAt({ allOf: [rest, choice] }, root, depth + 1, salt);
    }
  }
  switch (typeOf(schema)) {
    case 'object':
      return depth > depthMax ? {} : objectFor(schema, root, depth);
    case 'array':
      return depth > depthMax ? [] : arrayFor(schema, root, depth);
    case 'integer':
      return numberFor(schema, true, salt);
    case 'number':
      return numberFor(schema, false, salt);
    case 'boolean':
      return salt % 2 === 0;
    case 'null':
      return null;
    default:
      return stringFor(schema, salt);
  }
}

/** A value valid for the schema. */
export const sampleFor = (schema: unknown): unknown => sampleAt(schema, isRecord(schema) ? schema : {}, 0, 0);

/** Arguments valid for a tool's parameter schema: always an object. */
export function argumentsFor(parameters: unknown): Record<string, unknown> {
  const value = isRecord(parameters) ? sampleAt({ type: 'object', ...parameters }, parameters, 0, 0) : {};
  return isRecord(value) ? value : {};
}
