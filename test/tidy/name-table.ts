// Names that say nothing, as data. A file or folder called after none of its ideas collects them all; an abbreviation
// is read a hundred times for each time it is typed.

/** Not a word of any file or folder name (words are split at `-` and `.`). */
export const FORBIDDEN_PATH_WORDS: readonly string[] = [
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'misc',
  'manager',
  'managers',
  'service',
  'services',
  'handler',
  'handlers',
  'base',
  'stuff',
  'shared',
];

/** Words of exported names (split at capitals and `_`), with what to write instead. */
export const FORBIDDEN_NAME_WORDS: Readonly<Record<string, string>> = {
  util: 'the name of what it does',
  utils: 'the name of what it does',
  helper: 'the name of what it does',
  helpers: 'the name of what it does',
  common: 'the name of what it does',
  misc: 'the name of what it does',
  manager: 'the name of what it does',
  service: 'the name of what it does',
  handler: 'the name of what it does',
  base: 'the name of what it does',
  req: 'request',
  res: 'response',
  resp: 'response',
  msg: 'message',
  msgs: 'messages',
  cfg: 'config',
  conf: 'config',
  ctx: 'context',
  opts: 'options',
  err: 'error',
  errs: 'errors',
  cb: 'a name for what it does',
  fn: 'a name for what it does',
  num: 'count, or the thing itself',
  str: 'text',
  obj: 'the thing itself',
  arr: 'the plural',
  idx: 'index',
  len: 'length',
  tmp: 'what it holds',
  val: 'value',
  prev: 'previous',
  curr: 'current',
  conn: 'connection',
  conns: 'connections',
  impl: 'the name of what it does',
  mgr: 'the name of what it does',
  svc: 'the name of what it does',
  pkg: 'package',
  buf: 'buffer',
  evt: 'event',
  param: 'parameter',
  params: 'parameters',
};

/** Exported names that are right all the same, with the reason. Each must still be in use. */
export const ALLOWED_NAMES: Readonly<Record<string, string>> = {
  TransportHandler: "undici's word for the object that gets a response's callbacks; the port keeps it",
};
