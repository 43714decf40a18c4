// The error object of OpenAI's formats. Clients read `code` and `type` to decide what to do, so both are always there.

export type ChatError = {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
};

/** JSON text `{"error": {...}}`: the whole body of a failed answer, and the last chunk of a failed stream. */
export function formatErrorBody(error: ChatError): string {
  return JSON.stringify({ error });
}
