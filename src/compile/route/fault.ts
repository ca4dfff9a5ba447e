import { packAny } from '../../gen/codec.ts';
import type {
  envoy_extensions_filters_http_fault_v3_FaultAbort as FaultAbort,
  google_protobuf_Any,
} from '../../gen/messages.ts';
import type { Fault } from '../../model/virtual-service.ts';
import { durationOf } from '../wire.ts';
import { toFraction } from './fraction.ts';

/** The name under which a route configures the fault filter. */
export const FAULT_FILTER = 'envoy.filters.http.fault';

/**
 * Compiles the faults of a route into its setting for Envoy's fault filter; `undefined` when there is none. An abort without a percentage
 * aborts nothing: that is Envoy's default, and Istio keeps it.
 * @see istio pilot/pkg/networking/core/route/route.go `TranslateFault`
 */
export function compileFault({ delay, abort }: Fault): google_protobuf_Any | undefined {
  if (delay === undefined && abort === undefined) return undefined;
  return packAny('envoy.extensions.filters.http.fault.v3.HTTPFault', {
    ...(delay && { delay: { fixed_delay: durationOf(delay.fixedMs), percentage: toFraction(delay.percent) } }),
    ...(abort && { abort: compileAbort(abort) }),
  });
}

function compileAbort({ status, percent }: NonNullable<Fault['abort']>): FaultAbort {
  return {
    ...(status.kind === 'http' ? { http_status: status.code } : { grpc_status: status.code }),
    ...(percent !== undefined && { percentage: toFraction(percent) }),
  };
}
