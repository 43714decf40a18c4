// Who makes the seals of this format: the encrypted content of a reasoning item, which only its maker can read again.

export const SEAL_MAKER = 'openai';
