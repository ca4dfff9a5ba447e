import { describe, expect, it } from 'vitest';
import { jsonOf, patches, resourceOf, type WrittenPatch } from '../../../test/support/envoy-filter.ts';
import { patchListener } from './listener.ts';

const LISTENER = 'envoy.config.listener.v3.Listener';
const MANAGER = 'envoy.filters.network.http_connection_manager';
const MANAGER_TYPE =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const TLS = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext';

const filter = { name: 'tcp' };
const at = (port: number) => ({ socket_address: { address: '0.0.0.0', port_value: port } });

type Json = Readonly<Record<string, unknown>>;

function patch(listener: Json & { readonly name: string }, ...written: WrittenPatch[]): unknown {
  return jsonOf(LISTENER, patchListener(resourceOf(LISTENER, listener), patches(...written), []));
}

describe('LISTENER', () => {
  const listener = { name: 'l', address: at(80), filter_chains: [{ name: 'c', filters: [filter] }] };
  const limit = { per_connection_buffer_limit_bytes: 5 };

  it.each<{ what: string; patch: WrittenPatch; after: unknown }>([
    { what: 'MERGE', patch: { to: 'LISTENER', op: 'MERGE', value: limit }, after: { ...listener, ...limit } },
    {
      what: 'MERGE joins lists',
      patch: { to: 'LISTENER', op: 'MERGE', value: { filter_chains: [{ name: 'd', filters: [filter] }] } },
      after: { ...listener, filter_chains: [...listener.filter_chains, { name: 'd', filters: [filter] }] },
    },
    {
      what: 'MERGE_AND_REPLACE_LIST replaces them',
      patch: {
        to: 'LISTENER',
        op: 'MERGE_AND_REPLACE_LIST',
        value: { filter_chains: [{ name: 'd', filters: [filter] }] },
      },
      after: { ...listener, filter_chains: [{ name: 'd', filters: [filter] }] },
    },
    { what: 'REMOVE', patch: { to: 'LISTENER', op: 'REMOVE' }, after: 'removed' },
    { what: 'REPLACE does nothing', patch: { to: 'LISTENER', op: 'REPLACE', value: limit }, after: listener },
  ])('$what', ({ patch: written, after }) => {
    expect(patch(listener, written)).toEqual(after);
  });
});

describe('FILTER_CHAIN', () => {
  const socket = (config: object, name = 'tls') => ({ name, typed_config: { '@type': TLS, ...config } });
  const chain = { name: 'c', filters: [filter] };
  const secured = { ...chain, transport_socket: socket({ require_sni: true }) };
  const listener = (...chains: object[]) => ({ name: 'l', address: at(80), filter_chains: chains });

  it.each<{ what: string; before: readonly object[]; patch: WrittenPatch; after: readonly object[] }>([
    {
      what: 'ADD',
      before: [chain],
      patch: { to: 'FILTER_CHAIN', op: 'ADD', value: { name: 'd', filters: [filter] } },
      after: [chain, { name: 'd', filters: [filter] }],
    },
    {
      what: 'ADD of a chain without filters adds none',
      before: [chain],
      patch: { to: 'FILTER_CHAIN', op: 'ADD', value: { name: 'd' } },
      after: [chain],
    },
    {
      what: 'INSERT_FIRST adds',
      before: [chain],
      patch: { to: 'FILTER_CHAIN', op: 'INSERT_FIRST', value: { name: 'd', filters: [filter] } },
      after: [chain, { name: 'd', filters: [filter] }],
    },
    {
      what: 'REMOVE',
      before: [chain, { name: 'd', filters: [filter] }],
      patch: { to: 'FILTER_CHAIN', op: 'REMOVE', match: { listener: { filterChain: { name: 'c' } } } },
      after: [{ name: 'd', filters: [filter] }],
    },
    {
      what: 'MERGE',
      before: [chain],
      patch: {
        to: 'FILTER_CHAIN',
        op: 'MERGE',
        value: { filters: [{ name: 'x' }], transport_socket_connect_timeout: '1s' },
      },
      after: [{ ...chain, filters: [filter, { name: 'x' }], transport_socket_connect_timeout: '1s' }],
    },
    {
      what: 'MERGE_AND_REPLACE_LIST',
      before: [chain],
      patch: { to: 'FILTER_CHAIN', op: 'MERGE_AND_REPLACE_LIST', value: { filters: [{ name: 'x' }] } },
      after: [{ ...chain, filters: [{ name: 'x' }] }],
    },
    {
      what: 'REPLACE does nothing',
      before: [chain],
      patch: { to: 'FILTER_CHAIN', op: 'REPLACE', value: { name: 'd' } },
      after: [chain],
    },
    {
      what: 'MERGE of a transport socket of the same name changes its settings and nothing else',
      before: [secured],
      patch: {
        to: 'FILTER_CHAIN',
        op: 'MERGE',
        value: { transport_socket_connect_timeout: '1s', transport_socket: socket({ session_timeout: '9s' }) },
      },
      after: [{ ...chain, transport_socket: socket({ require_sni: true, session_timeout: '9s' }) }],
    },
    {
      what: 'MERGE of a transport socket of another name takes its place',
      before: [secured],
      patch: {
        to: 'FILTER_CHAIN',
        op: 'MERGE',
        value: { transport_socket_connect_timeout: '1s', transport_socket: socket({ session_timeout: '9s' }, 'other') },
      },
      after: [
        {
          ...chain,
          transport_socket_connect_timeout: '1s',
          transport_socket: socket({ session_timeout: '9s' }, 'other'),
        },
      ],
    },
    {
      what: 'MERGE of a transport socket where there is none',
      before: [chain],
      patch: { to: 'FILTER_CHAIN', op: 'MERGE', value: { transport_socket: socket({ require_sni: true }) } },
      after: [secured],
    },
  ])('$what', ({ before, patch: written, after }) => {
    expect(patch(listener(...before), written)).toEqual(listener(...after));
  });

  it('reaches the default chain, which goes when it is removed', () => {
    const whole = { ...listener(chain), default_filter_chain: { name: 'last', filters: [filter] } };
    const match = { listener: { filterChain: { name: 'last' } } };
    expect(patch(whole, { to: 'FILTER_CHAIN', op: 'REMOVE', match })).toEqual(listener(chain));
  });
});

describe('a match', () => {
  const own = {
    name: 'c',
    filter_chain_match: {
      destination_port: 90,
      server_names: ['a.ex', 'b.ex'],
      transport_protocol: 'tls',
      application_protocols: ['h2', 'http/1.1'],
    },
    filters: [filter],
  };
  const isHit = (name: string, to: WrittenPatch['to'], listener: object) => {
    const resource = resourceOf(LISTENER, { name, address: at(80), filter_chains: [own] });
    const value = to === 'LISTENER' ? { stat_prefix: 'x' } : { name: 'x', filters: [filter] };
    return patchListener(resource, patches({ to, op: 'MERGE', match: { listener }, value }), []).applied.length === 1;
  };

  it.each<{ name?: string; to?: WrittenPatch['to']; match: object; hit: boolean }>([
    { match: {}, hit: true },
    { match: { name: 'l' }, hit: true },
    { match: { name: 'other' }, hit: false },
    { match: { portNumber: 80 }, hit: true },
    { match: { portNumber: 90 }, hit: false },
    { match: { filterChain: { name: 'c' } }, hit: true },
    { match: { filterChain: { name: 'd' } }, hit: false },
    { match: { filterChain: { sni: 'b.ex' } }, hit: true },
    { match: { filterChain: { sni: 'c.ex' } }, hit: false },
    { match: { filterChain: { transportProtocol: 'tls' } }, hit: true },
    { match: { filterChain: { transportProtocol: 'raw_buffer' } }, hit: false },
    { match: { filterChain: { applicationProtocols: 'h2' } }, hit: true },
    { match: { filterChain: { applicationProtocols: 'http/1.1,h2' } }, hit: true },
    { match: { filterChain: { applicationProtocols: 'h2,h3' } }, hit: false },
    { match: { filterChain: { destinationPort: 90 } }, hit: true },
    { match: { filterChain: { destinationPort: 80 } }, hit: false },
    { name: 'virtualInbound', match: { portNumber: 90 }, hit: true },
    { name: 'virtualInbound', match: { portNumber: 80 }, hit: false },
    { name: 'virtualOutbound', match: { portNumber: 90 }, hit: true },
    { name: 'virtualInbound', to: 'LISTENER', match: { portNumber: 80 }, hit: true },
    { name: 'virtualInbound', to: 'LISTENER', match: { portNumber: 90 }, hit: false },
  ])('of $name $to $match', ({ name = 'l', to = 'FILTER_CHAIN', match, hit }) => {
    expect(isHit(name, to, match)).toBe(hit);
  });
});

describe('patchListener', () => {
  const manager = (config: object) => ({ name: MANAGER, typed_config: { '@type': MANAGER_TYPE, ...config } });
  const listener = (config: object) => ({ name: 'l', filter_chains: [{ filters: [manager(config)] }] });
  const inManager = { listener: { filterChain: { filter: { name: MANAGER } } } };

  it('goes from the outside to the inside, whatever the order of the patches', () => {
    const after = patch(
      listener({ server_name: 'a' }),
      { to: 'HTTP_FILTER', op: 'ADD', match: inManager, value: { name: 'second' } },
      {
        to: 'NETWORK_FILTER',
        op: 'MERGE',
        match: inManager,
        value: { typed_config: { '@type': MANAGER_TYPE, http_filters: [{ name: 'first' }] } },
      },
    );
    expect(after).toEqual(listener({ server_name: 'a', http_filters: [{ name: 'first' }, { name: 'second' }] }));
  });

  it('patches the routes that stand in it before all else', () => {
    const routes = { name: 'inbound|80||', virtual_hosts: [{ name: 'v', domains: ['*'], routes: [{ name: 'r' }] }] };
    const written = patches({
      to: 'HTTP_ROUTE',
      op: 'MERGE',
      match: { routeConfiguration: { portNumber: 80 } },
      value: { decorator: { operation: 'x' } },
    });
    const patched = patchListener(resourceOf(LISTENER, listener({ route_config: routes })), [], written);
    const route = { name: 'r', decorator: { operation: 'x' } };
    const virtual_hosts = [{ name: 'v', domains: ['*'], routes: [route] }];
    expect(jsonOf(LISTENER, patched)).toEqual(listener({ route_config: { name: 'inbound|80||', virtual_hosts } }));
  });

  it('gives back the identical resource when no patch finds anything', () => {
    const resource = resourceOf(LISTENER, listener({ server_name: 'a' }));
    const match = { listener: { filterChain: { filter: { name: 'other' } } } };
    const patched = patchListener(resource, patches({ to: 'NETWORK_FILTER', op: 'REMOVE', match }), []);
    expect(patched).toEqual({ resource, applied: [], failed: [], notes: [] });
    expect(patched.resource).toBe(resource);
  });

  it('holds the EnvoyFilter answerable before all others', () => {
    const resource = resourceOf(LISTENER, listener({ server_name: 'a' }));
    const patched = patchListener(resource, patches({ to: 'LISTENER', op: 'MERGE', value: { stat_prefix: 'x' } }), []);
    expect(patched.resource?.origins).toEqual(['EnvoyFilter/default/patch', 'VirtualService/default/victim']);
  });
});
