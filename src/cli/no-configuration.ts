// What is said where a command needs an org and nothing says which.

import { ConfigError } from '../config/index.ts';

export function noConfiguration(cwd: string): ConfigError {
  return new ConfigError(
    [
      {
        key: 'config.json',
        fault: `is neither in ${cwd} nor one directory up, and no SALESFORCE_ or FORCEGATE_ variable is set.`,
        fix: 'Make one with: forcegate init. Or name one with --config, or try the demo: forcegate start --demo.',
      },
    ],
    undefined,
  );
}
