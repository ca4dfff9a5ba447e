import { describe, expect, it } from 'vitest';
import { jsonOf, patches, resourceOf, type WrittenPatch } from '../../../test/support/envoy-filter.ts';
import { patchListener } from './listener.ts';

/*
 * The support matrix of filters: listener filters, network filters and HTTP filters know the same operations.
 */

const LISTENER = 'envoy.config.listener.v3.Listener';
const MANAGER = 'envoy.filters.network.http_connection_manager';
const MANAGER_TYPE =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router';
const CORS = 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors';
const TCP_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';
const TLS = 'type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector';
const HTTP = 'type.googleapis.com/envoy.extensions.filters.listener.http_inspector.v3.HttpInspector';

type Named = { readonly name?: string };

/** What is patched, and where its filters are in it. */
const KINDS = {
  LISTENER_FILTER: {
    listener: {
      name: 'l',
      listener_filters: [
        { name: 'a', typed_config: { '@type': TLS } },
        { name: 'b', typed_config: { '@type': HTTP } },
      ],
    },
    match: (name?: string) => ({ listener: name === undefined ? {} : { listenerFilter: name } }),
    value: { name: 'new', typed_config: { '@type': HTTP } },
  },
  NETWORK_FILTER: {
    listener: {
      name: 'l',
      filter_chains: [
        {
          filters: [
            { name: 'a', typed_config: { '@type': TCP_PROXY } },
            { name: 'b', typed_config: { '@type': TCP_PROXY } },
          ],
        },
      ],
    },
    match: (name?: string) => ({ listener: { filterChain: name === undefined ? {} : { filter: { name } } } }),
    value: { name: 'new', typed_config: { '@type': TCP_PROXY } },
  },
  HTTP_FILTER: {
    listener: {
      name: 'l',
      filter_chains: [
        {
          filters: [
            {
              name: MANAGER,
              typed_config: {
                '@type': MANAGER_TYPE,
                http_filters: [
                  { name: 'a', typed_config: { '@type': CORS } },
                  { name: 'b', typed_config: { '@type': ROUTER } },
                ],
              },
            },
          ],
        },
      ],
    },
    match: (name?: string) => ({
      listener: { filterChain: { filter: { name: MANAGER, ...(name !== undefined && { subFilter: { name } }) } } },
    }),
    value: { name: 'new', typed_config: { '@type': CORS } },
  },
} as const;

type Kind = keyof typeof KINDS;

/** The names of the filters after one patch. */
function namesAfter(kind: Kind, op: WrittenPatch['op'], target: string | undefined): readonly string[] {
  const { listener, match, value } = KINDS[kind];
  const patch = { to: kind, op, match: match(target), ...(op !== 'REMOVE' && { value }) };
  const json = jsonOf(LISTENER, patchListener(resourceOf(LISTENER, listener), patches(patch), []));
  return listNames(kind, json);
}

function listNames(kind: Kind, json: unknown): readonly string[] {
  const path = {
    LISTENER_FILTER: ['listener_filters'],
    NETWORK_FILTER: ['filter_chains', '0', 'filters'],
    HTTP_FILTER: ['filter_chains', '0', 'filters', '0', 'typed_config', 'http_filters'],
  };
  const list = path[kind].reduce<unknown>((value, key) => Object(value)[key], json);
  return Array.isArray(list) ? list.map(({ name }: Named) => name ?? '') : [];
}

describe.each<Kind>(['LISTENER_FILTER', 'NETWORK_FILTER', 'HTTP_FILTER'])('%s', (kind) => {
  it.each<{ op: WrittenPatch['op']; target?: string; names: string[] }>([
    { op: 'ADD', names: ['a', 'b', 'new'] },
    { op: 'ADD', target: 'a', names: ['a', 'b', 'new'] },
    { op: 'INSERT_FIRST', names: ['new', 'a', 'b'] },
    { op: 'INSERT_FIRST', target: 'b', names: ['new', 'a', 'b'] },
    { op: 'INSERT_BEFORE', names: ['new', 'a', 'b'] },
    { op: 'INSERT_BEFORE', target: 'b', names: ['a', 'new', 'b'] },
    { op: 'INSERT_BEFORE', target: 'z', names: ['a', 'b'] },
    { op: 'INSERT_AFTER', names: ['a', 'b', 'new'] },
    { op: 'INSERT_AFTER', target: 'a', names: ['a', 'new', 'b'] },
    { op: 'INSERT_AFTER', target: 'z', names: ['a', 'b'] },
    { op: 'REPLACE', names: ['a', 'b'] },
    { op: 'REPLACE', target: 'a', names: ['new', 'b'] },
    { op: 'REPLACE', target: 'z', names: ['a', 'b'] },
    { op: 'REMOVE', names: ['a', 'b'] },
    { op: 'REMOVE', target: 'a', names: ['b'] },
    { op: 'REMOVE', target: 'z', names: ['a', 'b'] },
    { op: 'MERGE', target: 'z', names: ['a', 'b'] },
    { op: 'MERGE_AND_REPLACE_LIST', target: 'a', names: ['a', 'b'] },
  ])('$op $target', ({ op, target, names }) => {
    expect(namesAfter(kind, op, target)).toEqual(names);
  });
});

it.each<{ kind: Kind; names: string[] }>([
  { kind: 'LISTENER_FILTER', names: ['a', 'b'] },
  { kind: 'NETWORK_FILTER', names: ['new', 'new'] },
  // The other is no CORS filter.
  { kind: 'HTTP_FILTER', names: ['new', 'b'] },
])('MERGE without a target gives every $kind of its type its name', ({ kind, names }) => {
  expect(namesAfter(kind, 'MERGE', undefined)).toEqual(names);
});

describe('MERGE of a filter', () => {
  const manager = (config: object) => ({ name: MANAGER, typed_config: { '@type': MANAGER_TYPE, ...config } });
  const listener = (...filters: object[]) => resourceOf(LISTENER, { name: 'l', filter_chains: [{ filters }] });
  const match = (name: string) => ({ listener: { filterChain: { filter: { name } } } });

  it.each([
    {
      when: 'both hold one type, whose lists are joined',
      before: manager({ server_name: 'a', via: 'v', http_filters: [{ name: 'x' }] }),
      value: { typed_config: { '@type': MANAGER_TYPE, server_name: 'b', http_filters: [{ name: 'y' }] } },
      after: manager({ server_name: 'b', via: 'v', http_filters: [{ name: 'x' }, { name: 'y' }] }),
    },
    {
      when: 'the patch renames',
      before: manager({ server_name: 'a' }),
      value: { name: 'other' },
      after: { ...manager({ server_name: 'a' }), name: 'other' },
    },
    {
      when: 'the patch is written as structure',
      before: manager({ server_name: 'a', via: 'v' }),
      value: {
        typed_config: {
          '@type': 'type.googleapis.com/udpa.type.v1.TypedStruct',
          type_url: MANAGER_TYPE,
          value: { server_name: 'b', newer: 1 },
        },
      },
      after: manager({ server_name: 'b', via: 'v' }),
    },
    {
      when: 'the patch has fields that are not known here, which are left out',
      before: manager({ server_name: 'a' }),
      value: { typed_config: { '@type': MANAGER_TYPE, via: 'w', newer: 1 } },
      after: manager({ server_name: 'a', via: 'w' }),
    },
    {
      when: 'what is patched is a structure',
      before: {
        name: MANAGER,
        typed_config: {
          '@type': 'type.googleapis.com/xds.type.v3.TypedStruct',
          type_url: 'x/a.B',
          value: { a: 1, b: 2 },
        },
      },
      value: { typed_config: { '@type': 'type.googleapis.com/a.B', b: 3 } },
      after: {
        name: MANAGER,
        typed_config: {
          '@type': 'type.googleapis.com/xds.type.v3.TypedStruct',
          type_url: 'type.googleapis.com/a.B',
          value: { a: 1, b: 3 },
        },
      },
    },
    {
      when: 'settings come from elsewhere',
      before: { name: MANAGER, config_discovery: { type_urls: ['x'] } },
      value: { typed_config: { '@type': MANAGER_TYPE, via: 'w' } },
      after: { name: MANAGER, config_discovery: { type_urls: ['x'] } },
    },
  ])('when $when', ({ before, value, after }) => {
    const patch = { to: 'NETWORK_FILTER', op: 'MERGE', match: match(MANAGER), value } as const;
    const patched = patchListener(listener(before), patches(patch), []);
    expect(jsonOf(LISTENER, patched)).toEqual({ name: 'l', filter_chains: [{ filters: [after] }] });
  });

  it('changes nothing and says so when the types differ', () => {
    const resource = listener(manager({ server_name: 'a' }));
    const value = { typed_config: { '@type': TCP_PROXY, stat_prefix: 'x' } };
    const patch = { to: 'NETWORK_FILTER', op: 'MERGE', match: match(MANAGER), value } as const;
    const patched = patchListener(resource, patches(patch), []);
    expect(patched.resource).toBe(resource);
    const message =
      'spec.configPatches[0] cannot be applied to a NETWORK_FILTER: it is a envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, but what it changes is a envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
    expect(patched.notes).toEqual([
      {
        object: 'EnvoyFilter/default/patch',
        code: 'ENVOY_FILTER_PATCH_INVALID',
        message,
        fate: { kind: 'partly-applied', because: message },
      },
    ]);
  });

  it.each([
    { to: 'NETWORK_FILTER', match: { listener: { filterChain: {} } } },
    { to: 'HTTP_FILTER', match: { listener: { filterChain: { filter: { name: MANAGER } } } } },
  ] as const)('is for every $to of its type when it names none', ({ to, match: place }) => {
    const lua = (name: string, code: string) => ({
      name,
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua',
        ...(code !== '' && { inline_code: code }),
      },
    });
    const stats = (name: string, prefix: string) => ({
      name,
      typed_config: { '@type': TCP_PROXY, stat_prefix: prefix, cluster: 'c' },
    });
    const router = { name: 'router', typed_config: { '@type': ROUTER } };
    const cases = {
      NETWORK_FILTER: {
        before: [stats('a', 'x'), router, stats('b', 'x')],
        value: { typed_config: { '@type': TCP_PROXY, stat_prefix: 'y' } },
        after: [stats('a', 'y'), router, stats('b', 'y')],
      },
      HTTP_FILTER: {
        before: [manager({ http_filters: [lua('a', 'x'), router, lua('b', '')] })],
        value: { name: 'c', typed_config: lua('', 'z').typed_config },
        after: [manager({ http_filters: [lua('c', 'z'), router, lua('c', 'z')] })],
      },
    };
    const { before, value, after } = cases[to];
    const patched = patchListener(listener(...before), patches({ to, op: 'MERGE', match: place, value }), []);
    expect(jsonOf(LISTENER, patched)).toEqual({ name: 'l', filter_chains: [{ filters: after }] });
    expect(patched.notes).toEqual([]);
  });

  it('compares the name of listener filters, so the others keep their settings', () => {
    const filters = [
      {
        name: 'a',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.listener.original_dst.v3.OriginalDst' },
      },
      { name: 'b', typed_config: { '@type': TLS } },
    ];
    const value = { typed_config: { '@type': TLS, initial_read_buffer_size: 512 } };
    const patch = { to: 'LISTENER_FILTER', op: 'MERGE', match: { listener: { listenerFilter: 'b' } }, value } as const;
    const patched = patchListener(resourceOf(LISTENER, { name: 'l', listener_filters: filters }), patches(patch), []);
    expect(jsonOf(LISTENER, patched)).toEqual({
      name: 'l',
      listener_filters: [filters[0], { name: 'b', typed_config: { '@type': TLS, initial_read_buffer_size: 512 } }],
    });
  });
});
