// Transport: HTTP to one origin at a time, in callbacks.

export { collect, type Collected } from './collect.ts';
export { createModelHost } from './model-host.ts';
export { NO_PROXIES, type ProxyOptions, type TransportOptions } from './options.ts';
export { createTransport } from './pool-transport.ts';
export { createTrust, type Trust } from './trust.ts';
