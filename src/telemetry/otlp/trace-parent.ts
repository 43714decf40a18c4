// The caller's place in its trace, as W3C Trace Context writes it. What is not exactly of that form counts as absent, as
// the specification asks (section 3.2.2).

export type TraceParent = { readonly traceId: string; readonly spanId: string; readonly sampled: boolean };

const FORM =
  /^(?<version>[0-9a-f]{2})-(?<trace>[0-9a-f]{32})-(?<span>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<rest>-.*)?$/u;
const SAMPLED = 1;
/** Longer ones are of no version known. */
const CHARACTERS_MAX = 256;

export function readTraceParent(text: string | undefined): TraceParent | undefined {
  if (text === undefined || text.length > CHARACTERS_MAX) return undefined;
  const { version, trace, span, flags, rest } = FORM.exec(text.trim())?.groups ?? {};
  if (version === undefined || trace === undefined || span === undefined || flags === undefined)
    return undefined;
  // Version ff is none, and only versions after the first may have more fields.
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/u.test(trace) || /^0+$/u.test(span)) return undefined;
  return { traceId: trace, spanId: span, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}
