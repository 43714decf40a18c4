// Configuration: a file and the environment in, one group of options for each part out.

export { ConfigError, type ConfigProblem } from './config-error.ts';
export { createDemoConfig, type DemoOrg } from './demo.ts';
export { isLoopbackHost } from './addresses.ts';
export { loadConfig, loadDemoBase, type LoadConfigInput } from './load.ts';
export type {
  ApiConfig,
  ClientKey,
  Config,
  ConfigWarning,
  GatewayBasePath,
  KeysConfig,
  LoadedConfig,
  LogConfig,
  LoginConfig,
  LogLevel,
  ModelsConfig,
  NetworkConfig,
  ServerConfig,
  TimeoutsConfig,
  UnconfiguredConfig,
} from './types.ts';
