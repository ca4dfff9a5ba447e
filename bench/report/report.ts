import type { BenchOptions } from '../options.ts';
import type { ChangeResult, ProtocolResult, Quantiles, SubjectResult } from '../scenario/results.ts';
import type { Machine } from './machine.ts';
import { formatBytes, formatMb, formatMs, formatRatio, formatTable } from './table.ts';

/** All that a run has to say. */
export interface Report {
  readonly machine: Machine;
  readonly options: BenchOptions;
  readonly results: readonly ProtocolResult[];
}

/** The report as Markdown, which is what the terminal shows too. */
export function formatReport({ machine, options, results }: Report): string {
  const { shape, proxies } = options;
  const { processor, cores, memoryGb, system, node, grpcJs, commit, date } = machine;
  const rules = Math.ceil(shape.services / 5);
  return [
    `${shape.services} services with two ports each, ${shape.services * shape.endpoints} pods, ${rules} VirtualServices and ` +
      `DestinationRules, ${shape.namespaces} namespaces; ${proxies} sidecars.`,
    `${date}, commit ${commit}, Node ${node}, grpc-js ${grpcJs}, ${cores} × ${processor}, ${memoryGb} GB, ${system}.`,
    ...results.map((result) => formatProtocol(result, proxies)),
  ].join('\n\n');
}

function formatProtocol(result: ProtocolResult, proxies: number): string {
  const { server, floor, protocol } = result;
  const head = [protocol === 'delta' ? 'delta' : 'state of the world', 'control plane', 'floor', 'ratio'];
  const table = [
    head,
    ...listConnect(server, floor, proxies),
    ...listChange('one endpoint changes', server.endpoint, floor.endpoint),
    ...listChange('one route changes', server.route, floor.route),
    row('memory at the end / peak', memory(server), memory(floor), server.peakMb, floor.peakMb),
  ];
  return `${formatTable(table)}\n\n${formatTable(listServerOnly(result))}`;
}

function listConnect(server: SubjectResult, floor: SubjectResult, proxies: number): string[][] {
  const [ours, bare] = [server.connect, floor.connect];
  return [
    row(`${proxies} connect: p50 / p99 / max`, wall(ours.wallMs), wall(bare.wallMs), ours.wallMs.p99, bare.wallMs.p99),
    row('– CPU', formatMs(ours.cpuMs), formatMs(bare.cpuMs), ours.cpuMs, bare.cpuMs),
    row('– bytes', formatBytes(ours.bytes), formatBytes(bare.bytes), ours.bytes, bare.bytes),
    row('– memory after / peak', memory(ours), memory(bare), ours.residentMb, bare.residentMb),
  ];
}

function listChange(what: string, ours: ChangeResult, bare: ChangeResult): string[][] {
  return [
    row(`${what}: p50 / p99 / max`, wall(ours.wallMs), wall(bare.wallMs), ours.wallMs.p99, bare.wallMs.p99),
    row('– last ACK', formatMs(ours.lastAnswerMs), formatMs(bare.lastAnswerMs), ours.lastAnswerMs, bare.lastAnswerMs),
    row('– CPU', formatMs(ours.cpuMs), formatMs(bare.cpuMs), ours.cpuMs, bare.cpuMs),
    row('– bytes', formatBytes(ours.bytes), formatBytes(bare.bytes), ours.bytes, bare.bytes),
  ];
}

/** What a floor cannot be compared with. */
function listServerOnly({ server }: ProtocolResult): string[][] {
  const { single, resume } = server;
  return [
    ['control plane alone', ''],
    ['start with the mesh: ready after / CPU', `${formatMs(server.readyMs)} / ${formatMs(server.startCpuMs)}`],
    ['– memory without a proxy', formatMb(server.idleMb)],
    [
      'one endpoint changes, one proxy: wall / CPU',
      `${formatMs(single.endpoint.wallMs.p50)} / ${formatMs(single.endpoint.cpuMs)}`,
    ],
    [
      'one route changes, one proxy: wall / CPU',
      `${formatMs(single.route.wallMs.p50)} / ${formatMs(single.route.cpuMs)}`,
    ],
    ['restarted, all come back: resent', `${formatBytes(resume.bytes)} in ${resume.responses} responses`],
    ['– CPU', formatMs(resume.cpuMs)],
  ];
}

function row(what: string, ours: string, bare: string, of: number, to: number): string[] {
  return [what, ours, bare, formatRatio(of, to)];
}

function wall({ p50, p99, max }: Quantiles): string {
  return [p50, p99, max].map(formatMs).join(' / ');
}

function memory({ residentMb, peakMb }: { readonly residentMb: number; readonly peakMb: number }): string {
  return `${formatMb(residentMb)} / ${formatMb(peakMb)}`;
}
