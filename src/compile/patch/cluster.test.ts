import { describe, expect, it } from 'vitest';
import { jsonOf, patches, resourceOf, type WrittenPatch } from '../../../test/support/envoy-filter.ts';
import { matchesCluster, patchCluster } from './cluster.ts';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';
const TLS = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';
const RAW = 'type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer';

const socket = (config: object, name = 'tls') => ({ name, typed_config: { '@type': TLS, ...config } });
const raw = { name: 'raw', typed_config: { '@type': RAW } };
const plain = { name: 'c', connect_timeout: '10s' };
const secured = { ...plain, transport_socket: socket({ sni: 'a' }) };
const choosing = {
  ...plain,
  transport_socket_matches: [
    { name: 'istio', match: { tlsMode: 'istio' }, transport_socket: socket({ sni: 'a' }) },
    { name: 'plain', match: {}, transport_socket: raw },
  ],
};

describe('patchCluster', () => {
  it.each<{ what: string; before: object; patch: WrittenPatch; after: unknown }>([
    {
      what: 'MERGE',
      before: { ...plain, filters: [{ name: 'f' }] },
      patch: { to: 'CLUSTER', op: 'MERGE', value: { connect_timeout: '1s', filters: [{ name: 'g' }] } },
      after: { name: 'c', connect_timeout: '1s', filters: [{ name: 'f' }, { name: 'g' }] },
    },
    {
      what: 'MERGE_AND_REPLACE_LIST',
      before: { ...plain, filters: [{ name: 'f' }] },
      patch: { to: 'CLUSTER', op: 'MERGE_AND_REPLACE_LIST', value: { filters: [{ name: 'g' }] } },
      after: { ...plain, filters: [{ name: 'g' }] },
    },
    { what: 'REMOVE', before: plain, patch: { to: 'CLUSTER', op: 'REMOVE' }, after: 'removed' },
    {
      what: 'REPLACE does nothing',
      before: plain,
      patch: { to: 'CLUSTER', op: 'REPLACE', value: { name: 'x' } },
      after: plain,
    },
    {
      what: 'a socket of the same name is merged, and nothing else',
      before: secured,
      patch: {
        to: 'CLUSTER',
        op: 'MERGE',
        value: { connect_timeout: '1s', transport_socket: socket({ max_session_keys: 1 }) },
      },
      after: { ...plain, transport_socket: socket({ sni: 'a', max_session_keys: 1 }) },
    },
    {
      what: 'a socket of another name takes the place, and nothing else',
      before: secured,
      patch: { to: 'CLUSTER', op: 'MERGE', value: { connect_timeout: '1s', transport_socket: raw } },
      after: { ...plain, transport_socket: raw },
    },
    {
      what: 'a socket where there is none',
      before: plain,
      patch: { to: 'CLUSTER', op: 'MERGE', value: { connect_timeout: '1s', transport_socket: raw } },
      after: { ...plain, transport_socket: raw },
    },
    {
      what: 'a socket of the name of one among several',
      before: choosing,
      patch: { to: 'CLUSTER', op: 'MERGE', value: { transport_socket: socket({ sni: 'b' }) } },
      after: {
        ...plain,
        transport_socket_matches: [
          { name: 'istio', match: { tlsMode: 'istio' }, transport_socket: socket({ sni: 'b' }) },
          choosing.transport_socket_matches[1],
        ],
      },
    },
    {
      what: 'a socket of no name among several',
      before: choosing,
      patch: { to: 'CLUSTER', op: 'MERGE', value: { connect_timeout: '1s', transport_socket: socket({}, 'other') } },
      after: choosing,
    },
  ])('$what', ({ before, patch, after }) => {
    expect(jsonOf(CLUSTER, patchCluster(resourceOf(CLUSTER, { name: 'c', ...before }), patches(patch)))).toEqual(after);
  });

  it('names the EnvoyFilter whose socket is of another type, and leaves the cluster alone', () => {
    const resource = resourceOf(CLUSTER, secured);
    const value = { transport_socket: { ...raw, name: 'tls' } };
    const { resource: after, notes } = patchCluster(resource, patches({ to: 'CLUSTER', op: 'MERGE', value }));
    expect(after).toBe(resource);
    expect(notes.map(({ object, code }) => `${code} ${object}`)).toEqual([
      'ENVOY_FILTER_PATCH_INVALID EnvoyFilter/default/patch',
    ]);
  });
});

describe('matchesCluster', () => {
  const outbound = resourceOf(CLUSTER, { name: 'outbound|80|v1|a.ex' });
  const sni = resourceOf(CLUSTER, { name: 'outbound_.80_.v1_.a.ex' });
  const services = [{ host: 'a.ex' }, { host: 'b.ex' }];
  const inbound = resourceOf(CLUSTER, {
    name: 'inbound|8080||',
    metadata: { filter_metadata: { istio: { services } } },
  });

  it.each([
    { match: {}, resource: outbound, hit: true },
    { match: { name: 'outbound|80|v1|a.ex' }, resource: outbound, hit: true },
    { match: { name: 'outbound|80|v1|a.ex', portNumber: 9 }, resource: outbound, hit: true },
    { match: { name: 'a.ex' }, resource: outbound, hit: false },
    { match: { service: 'a.ex', subset: 'v1', portNumber: 80 }, resource: outbound, hit: true },
    { match: { service: 'a.ex', subset: 'v1', portNumber: 80 }, resource: sni, hit: true },
    { match: { service: 'b.ex' }, resource: outbound, hit: false },
    { match: { subset: 'v2' }, resource: outbound, hit: false },
    { match: { portNumber: 81 }, resource: outbound, hit: false },
    { match: { service: 'b.ex' }, resource: inbound, hit: true },
    { match: { service: 'c.ex' }, resource: inbound, hit: false },
    { match: { portNumber: 8080 }, resource: inbound, hit: true },
    { match: { portNumber: 80 }, resource: inbound, hit: false },
    { match: { portNumber: 80 }, resource: resourceOf(CLUSTER, { name: 'BlackHoleCluster' }), hit: false },
  ])('$match of $resource.name', ({ match, resource, hit }) => {
    const [patch] = patches({ to: 'CLUSTER', op: 'MERGE', match: { cluster: match }, value: {} });
    expect(patch && matchesCluster(patch, resource)).toBe(hit);
  });
});
