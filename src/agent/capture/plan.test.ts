import { describe, expect, it } from 'vitest';
import { toRestoreText } from './iptables-text.ts';
import { toNftText } from './nft-text.ts';
import { planCapture } from './plan.ts';
import type { Family } from './rule.ts';
import { type CaptureSettings, parseCidrs } from './settings.ts';
import { POD } from './testing.ts';

const print = (change: Partial<CaptureSettings> = {}, family: Family = 4) =>
  toRestoreText(planCapture({ ...POD, ...change }, family));

/** Lines that a change of settings adds, and those that it takes away, in their order. */
const difference = (change: Partial<CaptureSettings>, family: Family = 4) => {
  const before = print({}, family).trimEnd().split('\n');
  const after = print(change, family).trimEnd().split('\n');
  return {
    more: after.filter((line) => !before.includes(line)),
    less: before.filter((line) => !after.includes(line)),
  };
};

describe('the rules of a pod', () => {
  it('are those of istio-iptables, line by line', () => {
    expect(print()).toBe(`* nat
-N ISTIO_INBOUND
-N ISTIO_REDIRECT
-N ISTIO_IN_REDIRECT
-N ISTIO_OUTPUT
-A ISTIO_INBOUND -p tcp --dport 15008 -j RETURN
-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
-A PREROUTING -p tcp -j ISTIO_INBOUND
-A ISTIO_INBOUND -p tcp --dport 15090 -j RETURN
-A ISTIO_INBOUND -p tcp --dport 15021 -j RETURN
-A ISTIO_INBOUND -p tcp --dport 15020 -j RETURN
-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
-A OUTPUT -j ISTIO_OUTPUT
-A ISTIO_OUTPUT -o lo -s 127.0.0.6/32 -j RETURN
-A ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -p tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT
-A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -p tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT
-A ISTIO_OUTPUT -o lo -m owner ! --gid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN
-A ISTIO_OUTPUT -j ISTIO_REDIRECT
COMMIT
`);
  });

  it('say the same of IPv6, with its own loopback addresses', () => {
    const six = print({}, 6);
    expect(six).toBe(print().replaceAll('127.0.0.1/32', '::1/128').replaceAll('127.0.0.6/32', '::6/128'));
  });

  it.each<[string, Partial<CaptureSettings>, { more: string[]; less: string[] }]>([
    [
      'some inbound ports',
      { inboundPorts: [80, 443] },
      {
        more: [
          '-A ISTIO_INBOUND -p tcp --dport 80 -j ISTIO_IN_REDIRECT',
          '-A ISTIO_INBOUND -p tcp --dport 443 -j ISTIO_IN_REDIRECT',
        ],
        less: [
          '-A ISTIO_INBOUND -p tcp --dport 15090 -j RETURN',
          '-A ISTIO_INBOUND -p tcp --dport 15021 -j RETURN',
          '-A ISTIO_INBOUND -p tcp --dport 15020 -j RETURN',
          '-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT',
        ],
      },
    ],
    [
      'no inbound port',
      { inboundPorts: [] },
      {
        more: [],
        less: [
          '-A PREROUTING -p tcp -j ISTIO_INBOUND',
          '-A ISTIO_INBOUND -p tcp --dport 15090 -j RETURN',
          '-A ISTIO_INBOUND -p tcp --dport 15021 -j RETURN',
          '-A ISTIO_INBOUND -p tcp --dport 15020 -j RETURN',
          '-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT',
        ],
      },
    ],
    [
      'an outbound port left alone, for both protocols',
      { outboundPortsExcluded: [3306] },
      {
        more: ['-A ISTIO_OUTPUT -p tcp --dport 3306 -j RETURN', '-A ISTIO_OUTPUT -p udp --dport 3306 -j RETURN'],
        less: [],
      },
    ],
    [
      'ranges in and out, of which only those of the family count',
      {
        outboundRanges: parseCidrs('10.0.0.0/8,fd00::/8', 'ranges'),
        outboundRangesExcluded: parseCidrs('10.1.0.0/16', 'ranges'),
      },
      {
        more: ['-A ISTIO_OUTPUT -d 10.1.0.0/16 -j RETURN', '-A ISTIO_OUTPUT -d 10.0.0.0/8 -j ISTIO_REDIRECT'],
        less: ['-A ISTIO_OUTPUT -j ISTIO_REDIRECT'],
      },
    ],
    [
      'loopback captured too: what the application sends to itself no longer returns',
      { outboundRanges: parseCidrs('127.1.2.3/32', 'ranges') },
      {
        more: ['-A ISTIO_OUTPUT -d 127.1.2.3/32 -j ISTIO_REDIRECT'],
        less: [
          '-A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN',
          '-A ISTIO_OUTPUT -o lo -m owner ! --gid-owner 1337 -j RETURN',
          '-A ISTIO_OUTPUT -j ISTIO_REDIRECT',
        ],
      },
    ],
    [
      'ports captured wherever they lead',
      { outboundPorts: [8443], outboundRanges: [] },
      {
        more: ['-A ISTIO_OUTPUT -p tcp --dport 8443 -j ISTIO_REDIRECT'],
        less: ['-A ISTIO_OUTPUT -j ISTIO_REDIRECT'],
      },
    ],
    [
      'groups that are not captured',
      { ownerGroupsExcluded: [888, 889] },
      {
        more: [
          '-A ISTIO_OUTPUT -m owner --gid-owner 888 -j RETURN',
          '-A ISTIO_OUTPUT -m owner --gid-owner 889 -j RETURN',
        ],
        less: [],
      },
    ],
    [
      'groups that alone are captured',
      { ownerGroups: [888, 889] },
      {
        more: ['-A ISTIO_OUTPUT -m owner ! --gid-owner 888 -m owner ! --gid-owner 889 -j RETURN'],
        less: [],
      },
    ],
    [
      "a virtual machine's device: its traffic is outbound",
      { virtualInterfaces: ['tap0'] },
      {
        more: ['-I PREROUTING 1 -i tap0 -j RETURN', '-I PREROUTING 1 -i tap0 -j ISTIO_REDIRECT'],
        less: [],
      },
    ],
    [
      'a device left alone',
      { interfacesExcluded: ['eth1'] },
      { more: ['-A PREROUTING -i eth1 -j RETURN', '-A OUTPUT -o eth1 -j RETURN'], less: [] },
    ],
    [
      'packets outside of a connection dropped',
      { dropsInvalid: true },
      {
        more: [
          '* mangle',
          '-N ISTIO_DROP',
          '-A PREROUTING -m conntrack --ctstate INVALID -j ISTIO_DROP',
          '-A ISTIO_DROP -j DROP',
        ],
        less: [],
      },
    ],
    [
      'another loopback',
      { loopback: '127.0.0.0/8' },
      {
        more: [
          '-A ISTIO_OUTPUT -o lo ! -d 127.0.0.0/8 -p tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT',
          '-A ISTIO_OUTPUT -o lo ! -d 127.0.0.0/8 -p tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT',
          '-A ISTIO_OUTPUT -d 127.0.0.0/8 -j RETURN',
        ],
        less: [
          '-A ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -p tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT',
          '-A ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -p tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT',
          '-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN',
        ],
      },
    ],
  ])('change with %s', (_, change, expected) => {
    expect(difference(change)).toEqual(expected);
  });

  it('send DNS to the agent, requests over TCP first, and keep its own apart', () => {
    expect(difference({ dns: ['10.96.0.10', 'fd00::a'] })).toEqual({
      more: [
        '-N ISTIO_OUTPUT_DNS',
        '-A ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -p tcp -m multiport ! --dports 53,15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT',
        '-A ISTIO_OUTPUT -o lo -p tcp ! --dport 53 -m owner ! --uid-owner 1337 -j RETURN',
        '-A ISTIO_OUTPUT -o lo -p tcp ! --dport 53 -m owner ! --gid-owner 1337 -j RETURN',
        '-A ISTIO_OUTPUT -j ISTIO_OUTPUT_DNS',
        '-A ISTIO_OUTPUT_DNS -p tcp --dport 53 -d 10.96.0.10/32 -j REDIRECT --to-ports 15053',
        '-A ISTIO_OUTPUT_DNS -p udp --dport 53 -d 10.96.0.10/32 -j REDIRECT --to-port 15053',
        '* raw',
        '-N ISTIO_OUTPUT_DNS',
        '-A OUTPUT -j ISTIO_OUTPUT_DNS',
        '-A ISTIO_OUTPUT_DNS -p udp --dport 53 -m owner --uid-owner 1337 -j CT --zone 1',
        '-A ISTIO_OUTPUT_DNS -p udp --sport 15053 -m owner --uid-owner 1337 -j CT --zone 2',
        '-A ISTIO_OUTPUT_DNS -p udp --dport 53 -m owner --gid-owner 1337 -j CT --zone 1',
        '-A ISTIO_OUTPUT_DNS -p udp --sport 15053 -m owner --gid-owner 1337 -j CT --zone 2',
        '-A PREROUTING -j ISTIO_INBOUND',
        '-A ISTIO_OUTPUT_DNS -p udp --dport 53 -d 10.96.0.10/32 -j CT --zone 2',
        '-A ISTIO_INBOUND -p udp --sport 53 -s 10.96.0.10/32 -j CT --zone 1',
      ],
      less: [
        '-A ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -p tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT',
        '-A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN',
        '-A ISTIO_OUTPUT -o lo -m owner ! --gid-owner 1337 -j RETURN',
      ],
    });
  });

  it('divert instead of redirecting in TPROXY mode, and mark what must not go round in circles', () => {
    expect(print({ mode: 'TPROXY' }).split('COMMIT')[0]).toBe(`* mangle
-N ISTIO_DIVERT
-N ISTIO_TPROXY
-N ISTIO_INBOUND
-A ISTIO_DIVERT -j MARK --set-mark 1337
-A ISTIO_DIVERT -j ACCEPT
-A ISTIO_TPROXY ! -d 127.0.0.1/32 -p tcp -j TPROXY --tproxy-mark 1337/0xffffffff --on-port 15006
-A PREROUTING -p tcp -j ISTIO_INBOUND
-A ISTIO_INBOUND -p tcp --dport 15090 -j RETURN
-A ISTIO_INBOUND -p tcp --dport 15021 -j RETURN
-A ISTIO_INBOUND -p tcp --dport 15020 -j RETURN
-A ISTIO_INBOUND -p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT
-A ISTIO_INBOUND -p tcp -j ISTIO_TPROXY
-A PREROUTING -p tcp -m mark --mark 1337 -j CONNMARK --save-mark
-A OUTPUT -p tcp -o lo -m mark --mark 1337 -j RETURN
-A OUTPUT ! -d 127.0.0.1/32 -p tcp -o lo -m owner --uid-owner 1337 -j MARK --set-mark 1338
-A OUTPUT ! -d 127.0.0.1/32 -p tcp -o lo -m owner --gid-owner 1337 -j MARK --set-mark 1338
-A OUTPUT -p tcp -m connmark --mark 1337 -j CONNMARK --restore-mark
-I ISTIO_INBOUND 1 -p tcp -m mark --mark 1337 -j RETURN
-I ISTIO_INBOUND 2 -p tcp -s 127.0.0.6/32 -i lo -j RETURN
-I ISTIO_INBOUND 3 -p tcp -i lo -m mark ! --mark 1338 -j RETURN
`);
  });

  it('are the same in the words of nftables, in tables that one step replaces', () => {
    expect(
      toNftText(planCapture({ ...POD, inboundPorts: [80], proxyGids: [] }, 4), 4),
    ).toBe(`table ip istio-proxy-mangle
delete table ip istio-proxy-mangle
table ip istio-proxy-nat
delete table ip istio-proxy-nat
table ip istio-proxy-raw
delete table ip istio-proxy-raw
table ip istio-proxy-nat {
  chain ISTIO_INBOUND {
    tcp dport 15008 return
    tcp dport 80 jump ISTIO_IN_REDIRECT
  }
  chain ISTIO_REDIRECT {
    meta l4proto tcp redirect to :15001
  }
  chain ISTIO_IN_REDIRECT {
    meta l4proto tcp redirect to :15006
  }
  chain ISTIO_OUTPUT {
    oifname "lo" ip saddr 127.0.0.6/32 return
    oifname "lo" ip daddr != 127.0.0.1/32 tcp dport != 15008 meta skuid 1337 jump ISTIO_IN_REDIRECT
    oifname "lo" meta skuid != 1337 return
    meta skuid 1337 return
    ip daddr 127.0.0.1/32 return
    jump ISTIO_REDIRECT
  }
  chain PREROUTING {
    type nat hook prerouting priority dstnat; policy accept;
    meta l4proto tcp jump ISTIO_INBOUND
  }
  chain OUTPUT {
    type nat hook output priority -100; policy accept;
    jump ISTIO_OUTPUT
  }
}
`);
  });
});
