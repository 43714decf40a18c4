// What OpenAI demands of a JSON Schema that is to be followed strictly: every object closed, every property required.

/** Nesting is followed this far. */
const depthMax = 64;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const inside = (place: string, name: string): string => (place === '' ? `'${name}'` : `${place}, '${name}'`);

type Step = { readonly place: string; readonly schema: unknown };

function objectFault(schema: Record<string, unknown>, place: string): string | undefined {
  if (schema['additionalProperties'] !== false) {
    return `In context=(${place}), 'additionalProperties' is required to be supplied and to be false.`;
  }
  const names = isRecord(schema['properties']) ? Object.keys(schema['properties']) : [];
  const required: unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
  const missing = names.find((name) => !required.includes(name));
  if (missing === undefined) return undefined;
  return `In context=(${place}), 'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`;
}

function stepsInto(schema: Record<string, unknown>, place: string): readonly Step[] {
  const steps: Step[] = [];
  for (const key of ['properties', '$defs', 'definitions']) {
    const named = schema[key];
    if (!isRecord(named)) continue;
    for (const [name, item] of Object.entries(named)) {
      steps.push({ place: inside(inside(place, key), name), schema: item });
    }
  }
  for (const key of ['anyOf', 'allOf']) {
    const listed: unknown = schema[key];
    if (!Array.isArray(listed)) continue;
    for (const [index, item] of listed.entries()) {
      steps.push({ place: inside(inside(place, key), String(index)), schema: item });
    }
  }
  steps.push({ place: inside(place, 'items'), schema: schema['items'] });
  return steps;
}

/** The first reason why a schema cannot be followed strictly, in OpenAI's words. */
export function strictFault(schema: unknown, place = '', depth = 0): string | undefined {
  if (!isRecord(schema) || depth > depthMax) return undefined;
  const isObject = schema['type'] === 'object' || isRecord(schema['properties']);
  const fault = isObject ? objectFault(schema, place) : undefined;
  if (fault !== undefined) return fault;
  for (const step of stepsInto(schema, place)) {
    const found = strictFault(step.schema, step.place, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
