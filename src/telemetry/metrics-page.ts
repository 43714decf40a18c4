// The page about metrics, made from what the metrics say of themselves. `docs/metrics.md` is this text; a test says when it
// is stale.

type Told = { help: string; type: string; labels: ReadonlySet<string> };

/** From Prometheus text. Only our own; those of the runtime are the library's. */
export function createMetricsPage(text: string): string {
  const metrics = new Map<string, Told>();
  for (const [, name = '', help = ''] of text.matchAll(/^# HELP (forcegate_\w+) (.*)$/gmu)) {
    const type = new RegExp(`^# TYPE ${name} (\\w+)$`, 'mu').exec(text)?.[1] ?? 'untyped';
    const series = text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{([^}]*)\\}`, 'gmu'));
    const labels = new Set([...series].flatMap(([, inner = '']) => inner.match(/\w+(?==")/gu) ?? []));
    labels.delete('le');
    metrics.set(name, { help, type, labels });
  }
  const rows = [...metrics]
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(
      ([name, { help, type, labels }]) => `| \`${name}\` | ${type} | ${[...labels].join(', ')} | ${help} |`,
    );
  return `# Metrics

<!-- Made by scripts/generate-reference.ts. Do not edit. -->

\`/metrics\` tells these to the operator, and \`forcegate metrics\` on the command line. Those of the runtime (\`process_*\`,
\`nodejs_*\`, with the lag of the event loop) are there as well. The alerts made of them are in
[prometheus-alerts.yml](../deploy/prometheus-alerts.yml); the gateway watches the same by itself.

| name | type | labels | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
