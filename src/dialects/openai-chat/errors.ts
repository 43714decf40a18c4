// The gateway's errors as answers; their words are those of every dialect of this house (see protocols).

export { encodeError, formatError } from '../../protocols/openai-chat/index.ts';
