import type { XdsProtocol } from '../../src/xds/view-source.ts';

/** Over all proxies. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** All proxies connect at once. */
export interface ConnectResult {
  /** From the first connection until each proxy had its state, in milliseconds. */
  readonly wallMs: Quantiles;
  /** CPU time of the server until it rested again, in milliseconds. */
  readonly cpuMs: number;
  /** Received by all proxies together. */
  readonly bytes: number;
  readonly residentMb: number;
  readonly peakMb: number;
  /** Proxies that did not get their state. */
  readonly missing: number;
}

/** The same edit several times; everything but the quantiles is of one edit on average. */
export interface ChangeResult {
  readonly rounds: number;
  /** From the edit until each proxy received it, in milliseconds. */
  readonly wallMs: Quantiles;
  /** From the edit until the last proxy had acknowledged it, in milliseconds. */
  readonly lastAnswerMs: number;
  readonly cpuMs: number;
  readonly bytes: number;
  /** Proxies that did not hear of it, over all rounds. */
  readonly missing: number;
}

/** What can be said of a control plane and of the floor alike. */
export interface SubjectResult {
  readonly connect: ConnectResult;
  readonly endpoint: ChangeResult;
  readonly route: ChangeResult;
  /** At the end, after all changes. */
  readonly residentMb: number;
  readonly peakMb: number;
}

/** The control plane was replaced by a new process, and all proxies came back with what they hold. */
export interface ResumeResult {
  readonly cpuMs: number;
  readonly bytes: number;
  readonly responses: number;
  /** Proxies that were not dealt with when they came back to the old process, to the new one, or did not hear of the next change. */
  readonly missing: number;
  /** The same by step, with what streams were told when they ended on the new process: for those who have to find out why. */
  readonly story: string;
}

export interface ServerResult extends SubjectResult {
  /** From its start until it was ready, with the mesh loaded. */
  readonly readyMs: number;
  /** CPU time of that. */
  readonly startCpuMs: number;
  /** With the mesh loaded and no proxy. */
  readonly idleMb: number;
  /** The same changes with one proxy connected. */
  readonly single: { readonly endpoint: ChangeResult; readonly route: ChangeResult };
  readonly resume: ResumeResult;
}

/** Everything measured over one variant of the protocol. */
export interface ProtocolResult {
  readonly protocol: XdsProtocol;
  readonly server: ServerResult;
  readonly floor: SubjectResult;
}

/** Proxies that missed something, over everything that was measured. */
export function countMissing({ server, floor }: ProtocolResult): number {
  const results = [server, floor].flatMap(({ connect, endpoint, route }) => [connect, endpoint, route]);
  const others = [server.single.endpoint, server.single.route, server.resume];
  return [...results, ...others].reduce((sum, { missing }) => sum + missing, 0);
}

/** @param values At least one, in any order; without any, all quantiles are 0. */
export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
