import { describe, expect, it } from 'vitest';
import { toRepair, toRootCertificates } from './root-config-map.ts';

describe('toRepair', () => {
  const right = toRootCertificates('shop', 'PEM');
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
    { of: 'another root', object: toRootCertificates('shop', 'OLD'), expected: repair },
    { of: 'no label', object: { ...right, metadata: { name: 'x' } }, expected: repair },
    { of: 'no data', object: { metadata: right.metadata }, expected: repair },
  ])('of $of', ({ object, expected }) => {
    expect(toRepair(object, 'PEM')).toEqual(expected);
  });
});
