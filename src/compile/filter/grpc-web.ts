import { type Extension, toExtension } from '../extension.ts';
import type { HttpFilterContext } from './http-filter.ts';

/** Translates gRPC-Web to gRPC where a port says it speaks it; other requests pass it untouched. */
export function compileGrpcWeb({ protocols }: HttpFilterContext): Extension | undefined {
  if (!protocols.includes('grpc-web')) return undefined;
  return toExtension('envoy.filters.http.grpc_web', 'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb', {});
}
