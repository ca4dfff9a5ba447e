import { describe, expect, it } from 'vitest';
import { Readiness } from './readiness.ts';

const GOOD = {
  'cluster_manager.cds.update_success': 1,
  'listener_manager.lds.update_success': 1,
  'server.state': 0,
  'listener_manager.workers_started': 1,
};

function create(stats: Record<string, number>, more: Partial<ConstructorParameters<typeof Readiness>[0]> = {}) {
  let asked = 0;
  const readiness = new Readiness({
    async getStats(path) {
      asked++;
      const filter = new RegExp(new URLSearchParams(path.split('?')[1]).get('filter') ?? '');
      const found = Object.entries(stats).filter(([name]) => filter.test(name));
      return found.map(([name, value]) => `${name}: ${value}\n`).join('');
    },
    stopping: new AbortController().signal,
    hasCertificate: () => false,
    ...more,
  });
  return { readiness, asked: () => asked };
}

describe('a proxy', () => {
  it.each([
    [{}, 'config not received from XDS server'],
    [{ 'cluster_manager.cds.update_success': 1 }, 'config not fully received'],
    [{ 'cluster_manager.cds.update_success': 1, 'listener_manager.lds.update_rejected': 1 }, 'but was rejected'],
    [{ ...GOOD, 'server.state': 2 }, 'current state is: PRE_INITIALIZING'],
    [{ ...GOOD, 'listener_manager.workers_started': 0 }, 'workers have not yet started'],
  ])('is not ready with %o', async (stats, reason) => {
    expect(await create(stats).readiness.findObstacle()).toContain(reason);
  });

  it('stays ready once it was, without asking Envoy again', async () => {
    const { readiness, asked } = create(GOOD);
    expect(await readiness.findObstacle()).toBe(undefined);
    expect(await readiness.findObstacle()).toBe(undefined);
    expect(asked()).toBe(2);
  });

  it('is not ready any more when it is to end', async () => {
    const stopping = new AbortController();
    const { readiness } = create(GOOD, { stopping: stopping.signal });
    expect(await readiness.findObstacle()).toBe(undefined);
    stopping.abort();
    expect(await readiness.findObstacle()).toContain('DRAINING');
  });

  it('waits for names where it answers DNS', async () => {
    let hasNames = false;
    const { readiness } = create(GOOD, { isDnsReady: () => hasNames });
    expect(await readiness.findObstacle()).toContain('DNS');
    hasNames = true;
    expect(await readiness.findObstacle()).toBe(undefined);
  });

  it('waits for a certificate where there is no Envoy', async () => {
    let has = false;
    const { readiness } = create({}, { getStats: undefined, hasCertificate: () => has });
    expect(await readiness.findObstacle()).toContain('certificate');
    has = true;
    expect(await readiness.findObstacle()).toBe(undefined);
  });

  it('is not ready when Envoy does not answer', async () => {
    const { readiness } = create({}, { getStats: () => Promise.reject(new Error('no connection')) });
    expect(await readiness.findObstacle()).toBe('failed to get readiness stats: no connection');
  });
});
