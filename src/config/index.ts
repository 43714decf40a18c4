// Configuration: a file and the environment in, one group of options for each part out. A group's type is `Config['login']`
// and the like.

export { bareHost, isLoopbackHost } from './addresses.ts';
export { ConfigError } from './config-error.ts';
export { createDemoConfig } from './demo.ts';
export { compareConfigs, describeConfig, type ConfigChange } from './describe.ts';
export { loadConfig, loadDemoSettings, type LoadConfigInput } from './load.ts';
export { keysToKeep, variablesInForce } from './rewrite.ts';
export type { Config, ConfigWarning, LoadedConfig, UnconfiguredConfig } from './types.ts';
