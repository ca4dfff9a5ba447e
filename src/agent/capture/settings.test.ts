import { describe, expect, it } from 'vitest';
import { parseNameservers } from './resolv-conf.ts';
import { checkOwnerGroups, parseCidrs, parseDevices, parseOrAll, parsePorts } from './settings.ts';

describe('settings of capture', () => {
  it('are lists, or everything', () => {
    const ports = (text: string) => parseOrAll(text, (one) => parsePorts(one, 'ports'));
    expect([ports('80, 443'), ports('*'), ports('')]).toEqual([[80, 443], '*', []]);
    expect(parseCidrs('10.0.0.0/8,::1/128', 'ranges')).toEqual([
      { text: '10.0.0.0/8', family: 4, isLoopback: false },
      { text: '::1/128', family: 6, isLoopback: true },
    ]);
  });

  it.each<[string, () => unknown, string]>([
    ['a port that is none', () => parsePorts('80;rm', '-b'), '-b: "80;rm" is no number up to 65535'],
    ['a port too large', () => parsePorts('65536', '-b'), '-b: "65536" is no number up to 65535'],
    [
      'an address without a size',
      () => parseCidrs('10.0.0.1', '-i'),
      '-i: "10.0.0.1" is no range of addresses such as 10.0.0.0/8',
    ],
    [
      'a size too large',
      () => parseCidrs('10.0.0.0/33', '-i'),
      '-i: "10.0.0.0/33" is no range of addresses such as 10.0.0.0/8',
    ],
    [
      'a device that would be two words',
      () => parseDevices('eth0 -j', '-c'),
      '-c: "eth0 -j" is no name of a network device',
    ],
    [
      'more groups than a rule holds',
      () =>
        checkOwnerGroups(
          Array.from({ length: 65 }, (_, i) => i),
          [],
        ),
      '65 owner groups: 64 at most',
    ],
    [
      'groups in and out',
      () => checkOwnerGroups([1], [2]),
      'ISTIO_OUTBOUND_OWNER_GROUPS and ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE exclude each other',
    ],
  ])('refuse %s', (_, parse, message) => {
    expect(parse).toThrow(expect.objectContaining({ code: 'CAPTURE_SETTING', message }));
  });

  it('find the servers of a resolver among its other lines', () => {
    expect(
      parseNameservers('search a b\nnameserver 10.96.0.10\n# nameserver 1.1.1.1\n nameserver fd00::a\nnameserver x'),
    ).toEqual(['10.96.0.10', 'fd00::a']);
  });
});
