import { describe, expect, it } from 'vitest';
import { listEnvironment } from './control-z.ts';

describe('listEnvironment', () => {
  it.each([
    [{ PILOT_HTTP10: 'true' }, [{ name: 'PILOT_HTTP10', value: 'true' }]],
    [{ POD_NAMESPACE: 'istio-system' }, [{ name: 'POD_NAMESPACE', value: 'istio-system' }]],
    // Whatever it is called, what is not known to be harmless is not shown.
    [{ DATABASE_URL: 'postgres://me:hunter2@db' }, [{ name: 'DATABASE_URL' }]],
    [{ AWS_CREDENTIALS: 'x', GITHUB_TOKEN: 'y' }, [{ name: 'AWS_CREDENTIALS' }, { name: 'GITHUB_TOKEN' }]],
  ])('of %o', (env, shown) => {
    expect(listEnvironment(env)).toEqual(shown);
  });
});
