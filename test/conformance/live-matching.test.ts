import { afterAll, beforeAll, expect } from 'vitest';
import { serviceEntry, virtualService } from '../support/declare/networking.ts';
import { route } from '../support/declare/route.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { type Call, MATCHING_CASES } from '../support/feature/matching-cases.ts';
import { ask } from '../support/http.ts';
import { LiveMesh } from '../support/live/live-mesh.ts';

const PORT = 24_120;

/** Feature tests believe a simulation; here the same requests are put to what it simulates. */
describeWithEnvoy('request matching', (program, it) => {
  let live: LiveMesh;
  const hostOf = (index: number) => `case-${index}.example`;

  beforeAll(async () => {
    live = await LiveMesh.start(program);
    const hosts = MATCHING_CASES.map((_, index) => hostOf(index));
    const entry = serviceEntry('cases', {
      hosts,
      resolution: 'STATIC',
      ports: [{ name: 'http', number: PORT, protocol: 'HTTP' }],
      endpoints: [{ address: '127.0.0.1' }],
    });
    const rules = MATCHING_CASES.map(({ match }, index) =>
      virtualService(`case-${index}`, {
        hosts: [hostOf(index)],
        http: [route().when(match).respond(200), route().respond(404)],
      }),
    );
    await live.mesh.apply(entry, ...rules);
    const identity = { type: 'sidecar', ips: ['127.0.0.1'], name: 'client', namespace: 'default', labels: {} } as const;
    await live.startEnvoy({ ...identity, interception: 'NONE' }, 24_904);
  });

  afterAll(() => live.stop());

  it.each(MATCHING_CASES.map((one, index) => ({ ...one, index })))('tells requests apart by $what', async (one) => {
    const statusOf = async ([path, options = {}]: Call) => {
      const headers = { host: hostOf(one.index), ...options.headers };
      const { method = 'GET' } = options;
      const { status } = await ask(`http://127.0.0.1:${PORT}${path}`, { method, headers });
      return status;
    };
    expect(await Promise.all(one.yes.map(statusOf))).toEqual(one.yes.map(() => 200));
    expect(await Promise.all(one.no.map(statusOf))).toEqual(one.no.map(() => 404));
  });
});
