import { describe, expect, it } from 'vitest';
import { meta } from '../../test/support/model.ts';
import type { Labels } from './object.ts';
import { chooseOverrides } from './proxy-config-override.ts';

const override = (namespace: string, name: string, selector?: Labels) => ({
  meta: meta('ProxyConfig', namespace, name),
  environment: {},
  ...(selector && { selector }),
});

describe('chooseOverrides', () => {
  const all = [
    override('root', 'root'),
    override('root', 'root-younger'),
    override('root', 'root-chosen', { app: 'a' }),
    override('apps', 'nobody', {}),
    override('apps', 'other', { app: 'b' }),
    override('apps', 'chosen', { app: 'a' }),
    override('apps', 'chosen-younger', { app: 'a' }),
    override('apps', 'namespace'),
  ];

  it.each([
    { namespace: 'apps', app: 'a', chosen: { root: 'root', namespace: 'namespace', workload: 'chosen' } },
    { namespace: 'apps', app: 'c', chosen: { root: 'root', namespace: 'namespace' } },
    { namespace: 'else', app: 'a', chosen: { root: 'root' } },
    { namespace: 'root', app: 'a', chosen: { root: 'root', workload: 'root-chosen' } },
  ])('takes $chosen for app $app in $namespace', ({ namespace, app, chosen }) => {
    const found = Object.entries(chooseOverrides(all, { namespace, labels: { app } }, 'root'));
    expect(Object.fromEntries(found.map(([reach, { meta }]) => [reach, meta.name]))).toEqual(chosen);
  });
});
