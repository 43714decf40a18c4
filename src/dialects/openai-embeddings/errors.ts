// The gateway's errors as answers; their words are those of every dialect of this house (see protocols).

export { encodeError } from '../../protocols/openai-chat/index.ts';
