import { describe, expect, it } from 'vitest';
import { parseInjectionPath } from './injection-path.ts';

const BOTH = { ISTIO_META_CLUSTER_ID: 'c1', ISTIO_META_NETWORK: 'n1' };

describe('parseInjectionPath', () => {
  it.each([
    { path: '/inject', environment: {} },
    { path: '/inject/', environment: {} },
    { path: '/inject/cluster/c1/net/n1', environment: BOTH },
    { path: '/inject/cluster/c1/net/n1/', environment: BOTH },
    { path: '/inject/:ENV:cluster=c1:ENV:net=n1', environment: BOTH },
    { path: '/inject/:ENV:my_key=a=b', environment: { MY_KEY: 'a=b' } },
    { path: '/inject/net/a--slash--b', environment: { ISTIO_META_NETWORK: 'a/b' } },
    { path: '/inject/my_variable/a%20b', environment: { MY_VARIABLE: 'a b' } },
    { path: '/inject/net/%zz', environment: { ISTIO_META_NETWORK: '%zz' } },
    { path: '/inject/constructor/x', environment: { CONSTRUCTOR: 'x' } },
    { path: '/inject/net', environment: {}, warnings: 1 },
    { path: '/inject/cluster/c1/net', environment: { ISTIO_META_CLUSTER_ID: 'c1' }, warnings: 1 },
  ])('reads $path', ({ path, environment, warnings = 0 }) => {
    expect(parseInjectionPath(path)).toEqual({ environment, warnings: expect.any(Array) });
    expect(parseInjectionPath(path).warnings).toHaveLength(warnings);
  });
});
