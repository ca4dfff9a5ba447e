import { describe, expect, it } from 'vitest';
import { compileStatsConfig } from './bootstrap-stats.ts';

describe('compileStatsConfig', () => {
  it.each([
    {
      stat: 'cluster.outbound|9080|v1|reviews.default.svc.cluster.local;.upstream_rq_200',
      tags: { cluster_name: 'outbound|9080|v1|reviews.default.svc.cluster.local', response_code: '200' },
    },
    { stat: 'cluster.xds-grpc;.upstream_rq_2xx', tags: { cluster_name: 'xds-grpc', response_code_class: '2xx' } },
    {
      stat: 'http.outbound_0.0.0.0_80;.downstream_cx_total',
      tags: { http_conn_manager_prefix: 'outbound_0.0.0.0_80' },
    },
    { stat: 'listener.127.0.2.4_9080.downstream_cx_total', tags: { listener_address: '127.0.2.4_9080' } },
    {
      stat: 'listener.127.0.2.4_9080.http.inbound_127.0.2.4_9080;.downstream_rq_5xx',
      tags: {
        listener_address: '127.0.2.4_9080',
        http_conn_manager_listener_prefix: 'inbound_127.0.2.4_9080',
        response_code_class: '5xx',
      },
    },
    {
      stat: 'tcp.outbound|3306||mysql.default.svc.downstream_cx_total',
      tags: { tcp_prefix: 'outbound|3306||mysql.default.svc' },
    },
    {
      stat: 'http.inbound;.rbac.denied',
      tags: { http_conn_manager_prefix: 'inbound', authz_enforce_result: 'denied' },
    },
    { stat: 'server.live', tags: {} },
  ])('labels $stat', ({ stat, tags }) => {
    expect(tagsOf(stat)).toEqual(tags);
  });
});

/** Applies the tag rules as Envoy does, each to the whole name. */
function tagsOf(stat: string): Record<string, string> {
  const found = compileStatsConfig('all').stats_tags.flatMap(({ tag_name, regex }) => {
    const value = new RegExp(regex).exec(stat)?.[2];
    return value === undefined ? [] : [[tag_name, value] as const];
  });
  return Object.fromEntries(found);
}
