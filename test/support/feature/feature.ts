import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { XdsProtocol } from '../../../src/xds/view-source.ts';
import { LogBook } from './log-book.ts';
import { ScenarioMesh } from './scenario-mesh.ts';

/** Tells one story of a user; a refusal that nobody asked for fails it. */
export type Scenario = (name: string, tell: (mesh: ScenarioMesh) => Promise<void>) => void;

/** A feature as users know it: every scenario is told over both variants of the protocol, each with a mesh of its own. */
export function feature(name: string, tellAll: (scenario: Scenario) => void): void {
  describe.each<XdsProtocol>(['delta', 'sotw'])(`${name} (%s)`, (protocol) => {
    const log = new LogBook();
    let mesh: ScenarioMesh | undefined;

    beforeAll(() => log.open());
    afterEach(async () => {
      await mesh?.stop();
      mesh = undefined;
      log.clear();
    });

    tellAll((scenario, tell) =>
      it(scenario, async () => {
        mesh = await ScenarioMesh.start(protocol, log);
        await tell(mesh);
        expect(mesh.listUnwantedRefusals()).toEqual([]);
      }),
    );
  });
}

/** What becomes of a request to a host that nobody declared, where such hosts may be called. */
export const PASSED = { cluster: 'PassthroughCluster', retries: 'none' } as const;

/** The cluster of a service of namespace `default`, or of a host. */
export function outbound(host: string, port: number, subset = ''): string {
  return `outbound|${port}|${subset}|${host.includes('.') ? host : `${host}.default.svc.cluster.local`}`;
}
