import { describe, expect, it } from 'vitest';
import type { MessageName } from './codec.ts';
import { messageFromJson, messageToJson } from './codec.ts';
import { type ListMerge, mergeMessage } from './merge.ts';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';
const ROUTE = 'envoy.config.route.v3.Route';
const LISTENER = 'envoy.config.listener.v3.Listener';

const rows: readonly {
  readonly when: string;
  readonly type: MessageName;
  readonly base: object;
  readonly patch: object;
  readonly lists?: ListMerge;
  readonly merged: object;
}[] = [
  {
    when: 'a scalar replaces',
    type: CLUSTER,
    base: { name: 'a', alt_stat_name: 'x' },
    patch: { alt_stat_name: 'y' },
    merged: { name: 'a', alt_stat_name: 'y' },
  },
  {
    when: 'a default is not set, so it replaces nothing',
    type: CLUSTER,
    base: { name: 'a', type: 'EDS', lb_policy: 'RANDOM' },
    patch: { name: '', lb_policy: 'ROUND_ROBIN' },
    merged: { name: 'a', type: 'EDS', lb_policy: 'RANDOM' },
  },
  {
    when: 'messages merge field by field',
    type: CLUSTER,
    base: { upstream_connection_options: { tcp_keepalive: { keepalive_time: 1, keepalive_probes: 2 } } },
    patch: { upstream_connection_options: { tcp_keepalive: { keepalive_time: 9 } } },
    merged: { upstream_connection_options: { tcp_keepalive: { keepalive_time: 9, keepalive_probes: 2 } } },
  },
  {
    when: 'a duration is one value',
    type: CLUSTER,
    base: { connect_timeout: '10.500s' },
    patch: { connect_timeout: '3s' },
    merged: { connect_timeout: '3s' },
  },
  {
    when: 'lists are joined',
    type: CLUSTER,
    base: { circuit_breakers: { thresholds: [{ max_connections: 1 }] } },
    patch: { circuit_breakers: { thresholds: [{ max_requests: 2 }] } },
    merged: { circuit_breakers: { thresholds: [{ max_connections: 1 }, { max_requests: 2 }] } },
  },
  {
    when: 'lists replace at every depth when they are to',
    type: CLUSTER,
    base: { circuit_breakers: { thresholds: [{ max_connections: 1 }] } },
    patch: { circuit_breakers: { thresholds: [{ max_requests: 2 }] } },
    lists: 'replace',
    merged: { circuit_breakers: { thresholds: [{ max_requests: 2 }] } },
  },
  {
    when: 'an empty list is not set',
    type: CLUSTER,
    base: { filters: [{ name: 'f' }] },
    patch: { filters: [] },
    lists: 'replace',
    merged: { filters: [{ name: 'f' }] },
  },
  {
    when: 'maps are replaced entry by entry',
    type: CLUSTER,
    base: { metadata: { filter_metadata: { istio: { a: 1 }, other: { b: 2 } } } },
    patch: { metadata: { filter_metadata: { istio: { c: 3 } } } },
    merged: { metadata: { filter_metadata: { istio: { c: 3 }, other: { b: 2 } } } },
  },
  {
    when: 'a member of a oneof ends the others',
    type: ROUTE,
    base: { name: 'r', route: { cluster: 'a' } },
    patch: { direct_response: { status: 204 } },
    merged: { name: 'r', direct_response: { status: 204 } },
  },
  {
    when: 'the same holds inside',
    type: ROUTE,
    base: { route: { cluster: 'a', timeout: '1s' } },
    patch: { route: { cluster_header: 'x-to' } },
    merged: { route: { cluster_header: 'x-to', timeout: '1s' } },
  },
  {
    when: 'the same member goes on',
    type: ROUTE,
    base: { route: { cluster: 'a', timeout: '1s' } },
    patch: { route: { cluster: 'b' } },
    merged: { route: { cluster: 'b', timeout: '1s' } },
  },
  {
    when: 'a wrapper of false is a message without fields',
    type: LISTENER,
    base: { name: 'l', use_original_dst: true },
    patch: { use_original_dst: false },
    merged: { name: 'l', use_original_dst: true },
  },
  {
    when: 'an Any is one value',
    type: ROUTE,
    base: {
      metadata: {
        typed_filter_metadata: {
          x: { '@type': 'type.googleapis.com/envoy.type.v3.Percent', value: 1 },
        },
      },
    },
    patch: {
      metadata: {
        typed_filter_metadata: {
          x: { '@type': 'type.googleapis.com/envoy.type.v3.Int64Range', start: 5 },
        },
      },
    },
    merged: {
      metadata: {
        typed_filter_metadata: {
          x: { '@type': 'type.googleapis.com/envoy.type.v3.Int64Range', start: '5' },
        },
      },
    },
  },
];

describe('mergeMessage', () => {
  it.each(rows)('$when', ({ type, base, patch, lists = 'append', merged }) => {
    const after = mergeMessage(type, messageFromJson(type, base), messageFromJson(type, patch), lists);
    expect(messageToJson(type, after)).toEqual(merged);
  });

  it('leaves what it merges as it was', () => {
    const base = messageFromJson(CLUSTER, { name: 'a', filters: [{ name: 'f' }] });
    mergeMessage(CLUSTER, base, messageFromJson(CLUSTER, { name: 'b', filters: [{ name: 'g' }] }), 'append');
    expect(messageToJson(CLUSTER, base)).toEqual({ name: 'a', filters: [{ name: 'f' }] });
  });
});
