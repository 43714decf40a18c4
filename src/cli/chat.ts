// `forcegate chat`: a conversation, line by line. `/clear` forgets it, `/model NAME` changes who answers, `/quit` ends it.

import { toGatewayError } from '../core/errors/index.ts';
import { EXIT_HEALTHY } from './exit-codes.ts';
import { reportFault } from './faults.ts';
import { openingTurns, type AskOptions } from './generate.ts';
import { askModel, callGateway, type Turn } from './model-client.ts';
import { withOwnGateway, type OwnGateway } from './own-gateway.ts';
import type { CommandWorld } from './start.ts';
import { paint, type Terminal } from './terminal.ts';

/** A conversation longer than this forgets its oldest turns: a model's window is not endless. */
const TURNS_MAX = 200;

/** Undefined when the line ends the conversation. */
type Step = { readonly model: string; readonly turns: readonly Turn[] } | undefined;

/** The model asked for where the gateway knows it; the old one goes on where not. */
async function changeModel(
  model: string,
  name: string,
  gateway: OwnGateway,
  terminal: Terminal,
): Promise<string> {
  try {
    await callGateway(gateway, `/v1/models/${encodeURIComponent(name)}`, undefined);
    terminal.say(`${name} answers from now on.`);
    return name;
  } catch (thrown) {
    terminal.say(paint(terminal, 'red', toGatewayError(thrown).message));
    terminal.say(`${model} goes on answering.`);
    return model;
  }
}

async function obey(
  line: string,
  model: string,
  options: AskOptions,
  gateway: OwnGateway,
  terminal: Terminal,
): Promise<Step> {
  const [command, ...rest] = line.slice(1).split(/\s+/u);
  const name = rest.join(' ');
  switch (command) {
    case 'quit':
    case 'exit':
      return undefined;
    case 'clear':
      terminal.say('Forgotten.');
      return { model, turns: openingTurns(options.system) };
    case 'model':
      if (name !== '') return { model: await changeModel(model, name, gateway, terminal), turns: [] };
      terminal.say(`${model} answers. /model NAME asks another one.`);
      return { model, turns: [] };
    default:
      terminal.say(`There is no /${command}. There are /clear, /model NAME and /quit.`);
      return { model, turns: [] };
  }
}

async function answerLine(
  line: string,
  model: string,
  turns: readonly Turn[],
  options: AskOptions,
  gateway: OwnGateway,
  terminal: Terminal,
): Promise<readonly Turn[]> {
  const asked: readonly Turn[] = [...turns, { role: 'user', content: line }];
  try {
    const answer = await askModel(gateway, { ...options, model, turns: asked }, (text) =>
      terminal.write(text),
    );
    terminal.out('');
    return [...asked, { role: 'assistant', content: answer.text }];
  } catch (thrown) {
    // The conversation goes on from before the question: one failed answer must not end it.
    terminal.say(paint(terminal, 'red', toGatewayError(thrown).message));
    return turns;
  }
}

/** Keeps the system turn and the newest others, the first of them a question. */
function bounded(turns: readonly Turn[]): readonly Turn[] {
  if (turns.length <= TURNS_MAX) return turns;
  const system = turns.filter(({ role }) => role === 'system');
  const rest = turns.slice(system.length - TURNS_MAX);
  return [...system, ...rest.slice(rest.findIndex(({ role }) => role === 'user'))];
}

async function converse(options: AskOptions, gateway: OwnGateway, terminal: Terminal): Promise<void> {
  let { model } = options;
  let turns = openingTurns(options.system);
  terminal.say(`Talking to ${model}. /clear forgets, /model NAME changes, /quit ends.`);
  for (;;) {
    const typed = await terminal.ask(paint(terminal, 'bold', 'You: '));
    const line = typed?.trim();
    if (line === undefined || line === 'quit' || line === 'exit') return;
    if (line === '') continue;
    if (!line.startsWith('/')) {
      turns = bounded(await answerLine(line, model, turns, options, gateway, terminal));
      continue;
    }
    const step = await obey(line, model, options, gateway, terminal);
    if (step === undefined) return;
    ({ model } = step);
    if (line.startsWith('/clear')) ({ turns } = step);
  }
}

export async function runChat(options: AskOptions, world: CommandWorld): Promise<number> {
  try {
    await withOwnGateway(options, world, (gateway) => converse(options, gateway, world.terminal));
    return EXIT_HEALTHY;
  } catch (thrown) {
    return reportFault(world.terminal, thrown);
  }
}
