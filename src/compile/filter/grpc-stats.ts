import { type Extension, toExtension } from '../extension.ts';
import { FALSE } from '../wire.ts';

/** Counts gRPC messages into the filter state, where telemetry reads them. */
export function compileGrpcStats(): Extension {
  return toExtension('envoy.filters.http.grpc_stats', 'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig', {
    emit_filter_state: true,
    // A statistic per method would be one per string that clients send.
    stats_for_all_methods: FALSE,
  });
}
