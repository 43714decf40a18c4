// `forcegate generate`: one question, its answer on standard output as it comes.

import { EXIT_ATTENTION, EXIT_HEALTHY } from './exit-codes.ts';
import { reportFault } from './faults.ts';
import { askModel, type ModelAnswer, type Turn } from './model-client.ts';
import { withOwnGateway, type OrgChoice } from './own-gateway.ts';
import type { CommandWorld } from './start.ts';

/** What the commands that ask a model have in common. */
export type AskOptions = OrgChoice & {
  readonly model: string;
  readonly maxTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly system?: string | undefined;
};

export type GenerateOptions = AskOptions & {
  readonly prompt: string;
  readonly verbose: boolean;
  readonly json: boolean;
};

export function openingTurns(system: string | undefined): readonly Turn[] {
  return system === undefined ? [] : [{ role: 'system', content: system }];
}

function describeAnswer({ finish, inputTokens, outputTokens, surface }: ModelAnswer): string {
  const tokens = `${inputTokens ?? 'unknown'} tokens in, ${outputTokens ?? 'unknown'} out`;
  return `${tokens}; ended by ${finish ?? 'nothing'}; surface ${surface ?? 'unknown'}.`;
}

export async function runGenerate(options: GenerateOptions, world: CommandWorld): Promise<number> {
  const { terminal } = world;
  const { prompt, system, json, verbose } = options;
  try {
    return await withOwnGateway(options, world, async (gateway) => {
      const turns: Turn[] = [...openingTurns(system), { role: 'user', content: prompt }];
      const answer = await askModel(gateway, { ...options, turns }, (text) => {
        if (!json) terminal.write(text);
      });
      if (json) terminal.out(JSON.stringify(answer, undefined, 2));
      else terminal.out('');
      if (verbose) terminal.say(describeAnswer(answer));
      return answer.text === '' ? EXIT_ATTENTION : EXIT_HEALTHY;
    });
  } catch (thrown) {
    return reportFault(terminal, thrown);
  }
}
