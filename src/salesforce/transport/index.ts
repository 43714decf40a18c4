// Transport: HTTP to one origin at a time, in callbacks.

export { collect } from './collect.ts';
export type { CompressionEvent, CompressionOptions } from './compression.ts';
export { createModelHost } from './model-host.ts';
export type { ProxyOptions } from './options.ts';
export { createTransport } from './pool-transport.ts';
export { createTrust, type Trust } from './trust.ts';
