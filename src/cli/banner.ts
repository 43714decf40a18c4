// What is said once the gateway listens: one line in earnest; in the demo also that it is one, lines to copy, and the way
// out of it.

import type { Config } from '../config/index.ts';
import { paint, type Terminal } from './terminal.ts';

/** One of each family, by names that the simulated org serves. */
export const DEMO_MODELS = ['claude-sonnet-4-6', 'gpt-5.4', 'gemini-3.5-flash'] as const;

const MINIMAL_CONFIG = `{
  "consumer_key": "...",
  "consumer_secret": "...",
  "instance_url": "https://YOUR-DOMAIN.my.salesforce.com"
}`;

const indent = (text: string): string => text.replaceAll(/^(?=.)/gmu, '  ');

function curlLines(url: string): string {
  return DEMO_MODELS.map(
    (model) =>
      `curl ${url}/v1/chat/completions -H 'Content-Type: application/json' \\\n` +
      `  -d '{"model":"${model}","messages":[{"role":"user","content":"Hello"}]}'`,
  ).join('\n');
}

const javascript = (url: string): string => `import OpenAI from 'openai';
const client = new OpenAI({ baseURL: '${url}/v1', apiKey: 'any' });
const reply = await client.chat.completions.create({
  model: '${DEMO_MODELS[0]}',
  messages: [{ role: 'user', content: 'Hello' }],
});
console.log(reply.choices[0].message.content);`;

const python = (url: string): string => `from openai import OpenAI
client = OpenAI(base_url="${url}/v1", api_key="any")
reply = client.chat.completions.create(
    model="${DEMO_MODELS[1]}", messages=[{"role": "user", "content": "Hello"}]
)
print(reply.choices[0].message.content)`;

export type DemoReason = 'asked' | 'unconfigured';

export function sayDemoBanner(terminal: Terminal, version: string, url: string, reason: DemoReason): void {
  const heading = (text: string): string => paint(terminal, 'bold', text);
  const why =
    reason === 'asked'
      ? 'As asked with --demo, a simulated Salesforce org answers.'
      : 'There is no configuration, so a simulated Salesforce org answers.';
  terminal.say(`
${paint(terminal, 'yellow', `Forcegate ${version} - DEMO`)}
${why} Nothing it says comes from a real model.

  Base URL  ${url}/v1
  Stop      Ctrl+C

${heading('curl')}
${indent(curlLines(url))}

${heading('Claude Code')}
${indent(`ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=any ANTHROPIC_MODEL=${DEMO_MODELS[0]} claude`)}

${heading('JavaScript (npm install openai)')}
${indent(javascript(url))}

${heading('Python (pip install openai)')}
${indent(python(url))}

${heading('To leave the demo')}, write config.json into this directory and start again:
${indent(MINIMAL_CONFIG)}
  "forcegate check" then tells whether it works (in a checkout: node bin/forcegate.js check).
`);
}

export function sayStarted(
  terminal: Terminal,
  version: string,
  url: string,
  config: Config,
  source: string | undefined,
): void {
  const from = source ?? 'the environment';
  const access = config.keys.clients.length === 0 ? ' Open to every program on this machine.' : '';
  terminal.say(
    `Forcegate ${version} listens on ${url} for ${config.login.instanceUrl} (configured by ${from}).${access}`,
  );
}
