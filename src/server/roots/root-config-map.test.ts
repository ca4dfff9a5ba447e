import { describe, expect, it } from 'vitest';
import { ROOT_CERTIFICATES, toConfigMap, toRepair } from './root-config-map.ts';

describe('toRepair', () => {
  const right = toConfigMap(ROOT_CERTIFICATES, 'shop', 'PEM');
  const labels = { 'istio.io/config': 'true' };
  const repair = { metadata: { labels }, data: { 'root-cert.pem': 'PEM' } };
  it.each([
    { of: 'what is right', object: right, expected: undefined },
    {
      of: 'what has more in it',
      object: {
        ...right,
        metadata: { ...right.metadata, labels: { ...labels, team: 'a' } },
        data: { 'root-cert.pem': 'PEM', more: '1' },
      },
      expected: undefined,
    },
    { of: 'another root', object: toConfigMap(ROOT_CERTIFICATES, 'shop', 'OLD'), expected: repair },
    { of: 'no label', object: { ...right, metadata: { name: 'x' } }, expected: repair },
    { of: 'no data', object: { metadata: right.metadata }, expected: repair },
  ])('of $of', ({ object, expected }) => {
    expect(toRepair(ROOT_CERTIFICATES, object, 'PEM')).toEqual(expected);
  });
});
