import { describe, expect, it } from 'vitest';
import {
  HTTP_ONLY,
  outboundListeners,
  outline,
  PASSTHROUGH,
  portListeners,
  serviceEntry,
} from '../../../test/support/listeners.ts';
import { service, sidecar } from '../../../test/support/model.ts';
import type { Protocol } from '../../model/protocol.ts';
import type { Service } from '../../model/service.ts';
import type { EgressListener } from '../../model/sidecar.ts';

describe('services that share an address and a port', () => {
  const http = (name: string) => serviceEntry(`${name}.ex`, 93, 'http');
  const tcp = (name: string, rest: Partial<Service> = {}) => serviceEntry(`${name}.ex`, 93, 'tcp', rest);
  const vip = { addresses: ['10.9.9.9'] };

  it.each<{ when: string; services: Service[]; name?: string; chains: string[] }>([
    {
      when: 'HTTP came before TCP',
      services: [http('h'), tcp('t')],
      chains: [`${HTTP_ONLY} -> http(93)`, 'default * -> tcp(outbound|93||t.ex)'],
    },
    {
      when: 'TCP came before HTTP',
      services: [tcp('t'), http('h')],
      chains: [`${HTTP_ONLY} -> http(93)`, 'default * -> tcp(outbound|93||t.ex)'],
    },
    {
      when: 'two speak TCP on one address',
      services: [tcp('old', vip), tcp('new', vip)],
      name: '10.9.9.9_93',
      chains: ['* -> tcp(outbound|93||old.ex)'],
    },
    {
      when: 'one of two on an address is sniffed',
      services: [tcp('t', vip), serviceEntry('a.ex', 93, 'auto', vip)],
      name: '10.9.9.9_93',
      chains: [`${HTTP_ONLY} -> http(a.ex:93)`, 'default * -> tcp(outbound|93||t.ex)'],
    },
    {
      when: 'both are sniffed',
      services: [serviceEntry('a.ex', 93, 'auto', vip), serviceEntry('b.ex', 93, 'auto', vip)],
      name: '10.9.9.9_93',
      chains: [`${HTTP_ONLY} -> http(a.ex:93)`, 'default * -> tcp(outbound|93||a.ex)'],
    },
    {
      when: 'one lets the server speak first',
      services: [serviceEntry('m.ex', 93, 'mysql'), http('h')],
      chains: ['* -> tcp(outbound|93||m.ex)'],
    },
    {
      when: 'two ranges of TLS overlap',
      services: [
        serviceEntry('a.ex', 93, 'tcp', { addresses: ['10.1.2.3/16'] }),
        serviceEntry('b.ex', 93, 'tcp', { addresses: ['10.1.0.0/16', '10.2.0.0/16'] }),
      ],
      chains: [
        '{prefix_ranges:[{address_prefix:10.1.0.0,prefix_len:16}]} -> tcp(outbound|93||a.ex)',
        '{prefix_ranges:[{address_prefix:10.2.0.0,prefix_len:16}]} -> tcp(outbound|93||b.ex)',
        PASSTHROUGH,
      ],
    },
  ])('finds room for what can be told apart when $when', ({ services, name = '0.0.0.0_93', chains }) => {
    const compiled = outboundListeners({ services });
    expect(outline(compiled.listeners[name])).toEqual(chains);
  });

  it('tells the owner of what found no room', () => {
    const because = 'an older object already takes these connections on listener 10.9.9.9_93';
    expect(outboundListeners({ services: [tcp('old', vip), tcp('new', vip)] }).notes).toEqual([
      {
        object: 'ServiceEntry/default/new.ex',
        code: 'LISTENER_CHAIN_CONFLICT',
        message: `${because}; one address, range or server name leads to one place only`,
        fate: { kind: 'partly-applied', because },
      },
    ]);
    const { notes } = outboundListeners({ services: [serviceEntry('m.ex', 93, 'mysql'), http('h')] });
    expect(notes.map(({ object, code }) => [object, code])).toEqual([
      ['ServiceEntry/default/h.ex', 'LISTENER_PROTOCOL_CONFLICT'],
    ]);
  });
});

describe('egress listeners of a Sidecar', () => {
  const services = [service('default', 'web'), serviceEntry('vip.ex', 90, 'tcp', { addresses: ['10.9.9.9'] })];
  const all = [{ namespace: '*', host: '*', not: false }];
  const egress = (...listeners: Partial<EgressListener>[]) =>
    sidecar('default', 's', { egress: listeners.map((l) => ({ captureMode: 'default', hosts: all, ...l })) });
  const port = (number: number, protocol: Protocol) => ({ number, name: 'p', protocol });

  it.each<{ when: string; listeners: Partial<EgressListener>[]; expected: Record<string, string[]> }>([
    {
      when: 'one is a Unix socket',
      listeners: [{ port: port(0, 'http'), bind: 'unix:///e.sock' }],
      expected: { 'unix:///e.sock_0': ['* -> http(unix:///e.sock)'] },
    },
    {
      when: 'one captures nothing',
      listeners: [{ port: port(80, 'http'), captureMode: 'none' }],
      expected: { '127.0.0.1_80': ['* -> http(80)'] },
    },
    {
      when: 'one binds an address',
      listeners: [{ port: port(90, 'tcp'), bind: '127.0.0.5' }],
      expected: { '127.0.0.5_90': ['* -> tcp(outbound|90||vip.ex)'] },
    },
    {
      when: 'one is an HTTP proxy',
      listeners: [{ port: port(8888, 'http_proxy'), bind: '127.0.0.1' }],
      expected: { '127.0.0.1_8888': ['* -> http(8888)'] },
    },
    {
      when: 'the last takes what is left',
      listeners: [
        {
          port: port(80, 'http'),
          hosts: [{ namespace: 'default', host: 'web.default.svc.cluster.local', not: false }],
        },
        {},
      ],
      expected: {
        '0.0.0.0_80': [`${HTTP_ONLY} -> http(80)`, PASSTHROUGH],
        '10.9.9.9_90': ['* -> tcp(outbound|90||vip.ex)'],
      },
    },
    { when: 'nothing has the port', listeners: [{ port: port(81, 'http') }], expected: {} },
  ])('make listeners of their own when $when', ({ listeners, expected }) => {
    const compiled = outboundListeners({ services, sidecar: egress(...listeners) });
    expect(
      Object.fromEntries(portListeners(compiled).map((name) => [name, outline(compiled.listeners[name])])),
    ).toEqual(expected);
  });

  it('close their port to services of later listeners', () => {
    const late = serviceEntry('late.ex', 80, 'tcp');
    const compiled = outboundListeners({
      services: [...services, late],
      sidecar: egress(
        {
          port: port(80, 'http'),
          hosts: [{ namespace: 'default', host: 'web.default.svc.cluster.local', not: false }],
        },
        {},
      ),
    });
    expect(outline(compiled.listeners['0.0.0.0_80'])).toEqual([`${HTTP_ONLY} -> http(80)`, PASSTHROUGH]);
  });

  it('say when their port belongs to the proxy', () => {
    const compiled = outboundListeners({ services, sidecar: egress({ port: port(15021, 'http') }) });
    expect(compiled.notes).toEqual([
      { object: 'Sidecar/default/s', code: 'SIDECAR_PORT_TAKEN', message: 'port 15021 belongs to the proxy itself' },
    ]);
  });

  it('stand behind what they declare', () => {
    const { resources } = outboundListeners({ services, sidecar: egress({ port: port(80, 'http') }) });
    expect(resources[0]?.origins).toEqual(['Sidecar/default/s']);
  });
});
