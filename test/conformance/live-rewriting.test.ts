import { afterAll, beforeAll, expect } from 'vitest';
import { serviceEntry, virtualService } from '../support/declare/networking.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { listRewritingCases } from '../support/feature/rewriting-cases.ts';
import { ask } from '../support/http.ts';
import { LiveMesh } from '../support/live/live-mesh.ts';
import { Upstream } from '../support/live/upstream.ts';

const PORT = 24_130;

/** Feature tests believe a simulation; here the same requests are put to what it simulates. */
describeWithEnvoy('redirects and rewrites', (program, it) => {
  let live: LiveMesh;
  let upstream: Upstream;
  const authorityOf = (index: number) => `case-${index}.example:${PORT}`;
  // Each case has a host of its own, and its place among the cases in it.
  const cases = listRewritingCases('').map((_, index) => ({ ...pick(index), authority: authorityOf(index) }));

  function pick(index: number) {
    const found = listRewritingCases(authorityOf(index))[index];
    if (found === undefined) throw new Error(`there is no case ${index}`);
    return found;
  }

  beforeAll(async () => {
    live = await LiveMesh.start(program);
    upstream = await Upstream.start('upstream');
    const hosts = cases.map(({ authority }) => authority.replace(/:\d+$/, ''));
    const entry = serviceEntry('cases', {
      hosts,
      resolution: 'STATIC',
      ports: [{ name: 'http', number: PORT, protocol: 'HTTP', targetPort: upstream.port }],
      endpoints: [{ address: '127.0.0.1' }],
    });
    const rules = cases.map(({ rule }, index) =>
      virtualService(`case-${index}`, { hosts: hosts.slice(index, index + 1), http: [rule] }),
    );
    await live.mesh.apply(entry, ...rules);
    const identity = { type: 'sidecar', ips: ['127.0.0.1'], name: 'client', namespace: 'default', labels: {} } as const;
    await live.startEnvoy({ ...identity, interception: 'NONE' }, 24_905);
  });

  afterAll(async () => {
    await live.stop();
    await upstream.stop();
  });

  it.each(cases)('$what', async ({ authority, path, answer }) => {
    upstream.behave({});
    const { status, headers } = await ask(`http://127.0.0.1:${PORT}${path}`, { headers: { host: authority } });
    if (answer.redirect !== undefined) {
      expect({ status, location: headers.location }).toEqual(answer.redirect);
      return;
    }
    const [arrival] = upstream.arrivals;
    expect({ path: arrival?.path, host: arrival?.headers.host }).toEqual({ path, host: authority, ...answer });
  });
});
