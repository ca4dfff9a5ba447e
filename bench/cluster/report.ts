import type { MeshShape } from '../mesh/shape.ts';
import type { Memory } from '../process/usage.ts';
import type { Machine } from '../report/machine.ts';
import { formatBytes, formatMb, formatMs, formatTable } from '../report/table.ts';
import type { Quantiles } from '../scenario/results.ts';
import type { SubjectFigures } from './measure.ts';

/** A whole run. */
export interface ClusterReport {
  readonly machine: Machine;
  readonly shape: MeshShape;
  readonly proxies: number;
  /** What Node takes for a program that does nothing. */
  readonly bareNode: Memory;
  readonly subjects: readonly SubjectFigures[];
}

type Row = readonly [what: string, read: (figures: SubjectFigures) => string];

/** The figures as Markdown. */
export function formatClusterReport({ machine, shape, proxies, bareNode, subjects }: ClusterReport): string {
  const { date, commit, node, cores, processor, memoryGb, system } = machine;
  const rows: readonly Row[] = [
    ['ready after / CPU', ({ readyMs, startCpuMs }) => `${formatMs(readyMs)} / ${formatMs(startCpuMs)}`],
    ['memory with the mesh, no proxy', ({ idle }) => formatMb(idle.residentMb)],
    ['– peak of the start', ({ idle }) => formatMb(idle.peakMb)],
    ['one endpoint, one proxy: over the API server', ({ single }) => formatQuantiles(single.overMs)],
    ["– the API server's own", ({ single }) => formatQuantiles(single.serverMs)],
    ['– CPU', ({ single }) => formatMs(single.cpuMs)],
    [`${proxies} proxies connect: p50 / p99 / max`, ({ connect }) => formatQuantiles(connect.wallMs)],
    ['– CPU', ({ connect }) => formatMs(connect.cpuMs)],
    ['– without their state after 90 s', ({ connect }) => String(connect.missing)],
    ['– bytes', ({ connect }) => formatBytes(connect.bytes)],
    ['– memory after / peak', ({ connect }) => `${formatMb(connect.residentMb)} / ${formatMb(connect.peakMb)}`],
    [`one endpoint, ${proxies} proxies: over the API server`, ({ all }) => formatQuantiles(all.overMs)],
    ['– times that a proxy had not heard after 30 s', ({ all }) => String(all.missing)],
    ['– CPU', ({ all }) => formatMs(all.cpuMs)],
    ['API server restarted: streams that stayed', ({ outage }) => `${outage.stayed} of ${proxies}`],
    ['– responses sent meanwhile', ({ outage }) => String(outage.responses)],
    ['– the next change had reached all after', ({ outage }) => formatMs(outage.backMs)],
    ['memory at the end / peak', ({ end }) => `${formatMb(end.residentMb)} / ${formatMb(end.peakMb)}`],
  ];
  const table = [
    ['', ...subjects.map(({ name }) => name)],
    ...rows.map(([what, read]) => [what, ...subjects.map(read)]),
  ];
  return [
    `${shape.services} services with two ports each, ${shape.services * shape.endpoints} pods, ${shape.namespaces} namespaces; ` +
      `${proxies} sidecars over delta; a bare Node takes ${formatMb(bareNode.residentMb)}.`,
    `${date}, commit ${commit}, Node ${node}, ${cores} × ${processor}, ${memoryGb} GB, ${system}.`,
    formatTable(table),
  ].join('\n\n');
}

function formatQuantiles({ p50, p99, max }: Quantiles): string {
  return [p50, p99, max].map(formatMs).join(' / ');
}

/** Proxies that missed something, over all that was measured. */
export function countMissingOf({ connect, single, all, outage }: SubjectFigures): number {
  return connect.missing + single.missing + all.missing + outage.missing;
}
