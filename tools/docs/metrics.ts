import { AgentMetrics } from '../../src/agent/metrics/agent-metrics.ts';
import { listMetrics } from '../../src/kit/metrics.ts';
import { loadDeclaringModules } from './declarations.ts';
import { generatedNote, type Page, toTable } from './page.ts';

/** Every metric that the program declares itself. */
export async function createMetricsPage(repository: string): Promise<Page> {
  await loadDeclaringModules(repository, ['counter', 'gauge', 'histogram']);
  const rows = listMetrics().map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(' '),
    help,
  ]);
  const text = [
    generatedNote,
    '# Metrics',
    '',
    'Served in the form of Prometheus at `/metrics` of the monitoring port. Where Istio has a metric, its name is kept: renaming one is a breaking change.',
    'Beside these there are the metrics of the process and of Node that `prom-client` brings.',
    '',
    toTable(['name', 'type', 'labels', 'meaning'], rows),
    '',
    '## Of the agent',
    '',
    "Served at `/stats/prometheus` of its port 15020, in front of Envoy's and the application's.",
    '',
    toTable(['name', 'type', 'labels', 'meaning'], listAgentMetrics()),
    '',
  ].join('\n');
  return { path: 'docs/metrics.md', text };
}

/** What an agent says of its metrics itself. */
function listAgentMetrics(): readonly (readonly string[])[] {
  const text = new AgentMetrics({ certificateEndMs: () => 0, now: () => 0 }).print();
  return text
    .split('# HELP ')
    .slice(1)
    .map((block) => {
      const [, name = '', help = '', type = '', sample = ''] =
        /^(\S+) (.+)\n# TYPE \S+ (\S+)\n\S+?(?:\{(\w+)="[^"]*"\})? /.exec(block) ?? [];
      return [`\`${name}\``, type, sample === '' || sample === 'le' ? '' : `\`${sample}\``, help];
    })
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
}
