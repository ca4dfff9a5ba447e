import path from 'node:path';
import type { XdsProtocol } from '../../src/xds/view-source.ts';
import type { ChangeKind } from '../floor/recording.ts';
import type { FloorProcedures } from '../floor/server.ts';
import type { Change } from '../mesh/directory.ts';
import { startChild } from '../process/child.ts';
import { findPorts } from '../process/control-plane.ts';
import { monotonicMs } from '../process/monotonic.ts';
import { Remote } from '../process/procedures.ts';
import { memoryOf } from '../process/usage.ts';
import { measureChanges, measureConnect, type Subject } from './measure.ts';
import type { ChangeResult, SubjectResult } from './results.ts';
import { FEW_ROUNDS, ROUNDS_MS, type Surroundings } from './surroundings.ts';

/** What a control plane sent, and how the changes among it are noticed. */
export interface Recorded {
  readonly files: readonly string[];
  readonly changes: ReadonlyMap<ChangeKind, Change>;
}

/** Measures a server that only replays what the control plane sent to the same proxies. */
export async function runFloor(
  protocol: XdsProtocol,
  surroundings: Surroundings,
  { files, changes }: Recorded,
): Promise<SubjectResult> {
  const { fleet, workDir, say, options } = surroundings;
  const { proxies, shape, churn } = options;
  say(`${protocol}: a bare grpc-js server replays the same bytes`);
  const script = path.join(import.meta.dirname, '../floor/server.ts');
  const logPath = path.join(workDir, `floor-${protocol}.log`);
  const child = await startChild({ name: 'floor', command: [process.execPath, script], logPath, serves: true });
  const remote = new Remote<FloorProcedures>(child.process, 'floor');
  const floor: Subject = { pid: child.pid, address: `127.0.0.1:${(await findPorts()).grpc}` };
  await remote.call('listen', { files, address: floor.address });

  await fleet.prepare(protocol, shape, proxies);
  const connect = await measureConnect(floor, fleet, proxies);
  const measure = (kind: ChangeKind): Promise<ChangeResult> => {
    const recorded = changes.get(kind);
    if (recorded === undefined) throw new Error(`no ${kind} change was recorded`);
    const next = () => ({ ...recorded, apply: () => remote.call('change', kind) });
    const rounds = Math.min(FEW_ROUNDS, churn);
    return measureChanges(floor, fleet, {
      kind,
      rounds,
      proxies,
      next,
      untilMs: monotonicMs() + ROUNDS_MS,
      record: false,
    });
  };
  const endpoint = await measure('endpoint');
  const route = await measure('route');
  const memory = memoryOf(floor.pid);
  await fleet.close();
  await child.stop();
  return { connect, endpoint, route, ...memory };
}
