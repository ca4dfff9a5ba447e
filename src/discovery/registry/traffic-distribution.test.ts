import { expect, it } from 'vitest';
import { selectTrafficDistribution } from './traffic-distribution.ts';

const annotated = (value: string) => ({ 'networking.istio.io/traffic-distribution': value });

it.each([
  { when: 'nothing is said', spec: undefined, own: {}, namespace: {}, result: 'any' },
  { when: 'the service says PreferClose', spec: 'PreferClose', own: {}, namespace: {}, result: 'same-zone' },
  { when: 'the service says PreferSameZone', spec: 'PreferSameZone', own: {}, namespace: {}, result: 'same-zone' },
  { when: 'the service says PreferSameNode', spec: 'PreferSameNode', own: {}, namespace: {}, result: 'same-node' },
  {
    when: 'its specification is not known',
    spec: 'New',
    own: annotated('PreferClose'),
    namespace: {},
    result: 'same-zone',
  },
  {
    when: 'its annotation is in small letters',
    spec: undefined,
    own: annotated('prefersamenode'),
    namespace: {},
    result: 'same-node',
  },
  {
    when: 'its annotation is not known',
    spec: undefined,
    own: annotated('x'),
    namespace: annotated('PreferClose'),
    result: 'any',
  },
  {
    when: 'only its namespace says',
    spec: undefined,
    own: {},
    namespace: annotated('PreferClose'),
    result: 'same-zone',
  },
])('prefers $result when $when', ({ spec, own, namespace, result }) => {
  expect(selectTrafficDistribution(spec, own, namespace)).toBe(result);
});
