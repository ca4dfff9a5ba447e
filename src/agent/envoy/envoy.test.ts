import { describe, expect, it } from 'vitest';
import { toEnvoyArguments } from './command-line.ts';
import { countConnections } from './drain.ts';

describe("Envoy's command line", () => {
  const start = {
    binary: 'envoy',
    bootstrapFile: './etc/istio/proxy/envoy-rev.json',
    drainMs: 45_000,
    isIpv6: false,
    logLevel: 'warning',
    componentLogLevel: 'misc:error',
    concurrency: undefined,
    override: undefined,
  };
  const all =
    '-c ./etc/istio/proxy/envoy-rev.json --drain-time-s 45 --drain-strategy immediate --local-address-ip-version v4 ' +
    '--file-flush-interval-msec 1000 --disable-hot-restart --allow-unknown-static-fields -l warning --component-log-level misc:error';

  it("is that of Istio's agent", () => {
    expect(toEnvoyArguments(start).join(' ')).toBe(all);
    expect(toEnvoyArguments({ ...start, concurrency: 2, override: 'a: 1' }).join(' ')).toBe(
      `${all} --config-yaml a: 1 --concurrency 2`,
    );
  });
});

describe('connections that are left', () => {
  it("are the applications', not the agent's own", () => {
    const stats = [
      'cluster.x.downstream_cx_active: 9',
      'listener.0.0.0.0_15006.downstream_cx_active: 2',
      'listener.0.0.0.0_15006.worker_0.downstream_cx_active: 2',
      'listener.0.0.0.0_15021.downstream_cx_active: 1',
      'listener.0.0.0.0_15090.downstream_cx_active: 1',
      'listener.admin.downstream_cx_active: 1',
      'listener.10.0.0.1_80.downstream_cx_active: 3',
    ].join('\n');
    expect(countConnections(stats, [15_021, 15_090])).toBe(5);
    expect(countConnections('', [])).toBe(0);
  });
});
