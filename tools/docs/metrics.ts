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
  ].join('\n');
  return { path: 'docs/metrics.md', text };
}
