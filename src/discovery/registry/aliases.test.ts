import { expect, it } from 'vitest';
import { service } from '../../../test/support/model.ts';
import { resolveAliases } from './aliases.ts';

const host = (name: string, namespace = 'default') => `${name}.${namespace}.svc.cluster.local`;
const alias = (name: string, of: string, namespace = 'default') =>
  service(namespace, name, { resolution: 'alias', aliasOf: of });

it.each([
  { when: 'there is none', services: [service('default', 'a')], aliases: {} },
  {
    when: 'one names a service',
    services: [service('default', 'a'), alias('x', host('a'))],
    aliases: { [host('a')]: [host('x')] },
  },
  {
    when: 'several do, from several namespaces',
    services: [service('default', 'a'), alias('z', host('a')), alias('y', host('a')), alias('x', host('a'), 'zzz')],
    aliases: { [host('a')]: [host('y'), host('z'), host('x', 'zzz')] },
  },
  {
    when: 'they form a chain',
    services: [service('default', 'a'), alias('x', host('a')), alias('y', host('x'))],
    aliases: { [host('a')]: [host('x'), host('y')] },
  },
  { when: 'they form a loop', services: [alias('x', host('y')), alias('y', host('x'))], aliases: {} },
  { when: 'one names itself', services: [alias('x', host('x'))], aliases: {} },
  { when: 'the end is outside of the mesh', services: [alias('x', 'example.com')], aliases: {} },
])('finds aliases when $when', ({ services, aliases }) => {
  const hosts = new Set(services.map(({ hostname }) => hostname));
  const named = services.filter(({ aliasOf }) => aliasOf !== undefined);
  expect(Object.fromEntries(resolveAliases(named, hosts))).toEqual(aliases);
});
