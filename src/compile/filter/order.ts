import type { Extension } from '../extension.ts';
import { compileAlpn } from './alpn.ts';
import { compileCors } from './cors.ts';
import { compileDynamicForwardProxy } from './dynamic-forward-proxy.ts';
import { compileFault } from './fault.ts';
import { compileGrpcStats } from './grpc-stats.ts';
import { compileGrpcWeb } from './grpc-web.ts';
import type { HttpFilterCompiler, HttpFilterContext } from './http-filter.ts';
import { compileMetadataExchange } from './metadata-exchange.ts';
import { compileRouter } from './router.ts';

/** One place in the order, and why it is this place. */
interface HttpFilterPlace {
  readonly compile: HttpFilterCompiler;
  readonly because: string;
}

/**
 * All HTTP filters of every connection manager, in the order in which requests pass them. A filter that does not apply compiles to nothing;
 * none is ever placed by anything but its line here.
 * @see istio pilot/pkg/networking/core/listener_builder.go `buildHTTPConnectionManager`
 */
export const HTTP_FILTERS: readonly HttpFilterPlace[] = [
  {
    compile: compileMetadataExchange,
    because: 'a request that a later filter refuses is still told apart by its peer',
  },
  { compile: compileGrpcWeb, because: 'what follows sees gRPC, whatever the browser sent' },
  { compile: compileGrpcStats, because: 'it counts messages after translation, and before a fault ends the stream' },
  { compile: compileAlpn, because: 'it only has to come before the router picks a connection' },
  { compile: compileFault, because: 'a delay or abort must be counted, so it comes after what counts' },
  { compile: compileCors, because: 'preflights are answered by the proxy only where no fault was asked for' },
  { compile: compileDynamicForwardProxy, because: 'it waits for DNS: what can refuse a request has done so by now' },
  { compile: compileRouter, because: 'it ends the chain; Envoy takes it nowhere else' },
];

/** Compiles the HTTP filters of one connection manager. */
export function compileHttpFilters(context: HttpFilterContext): readonly Extension[] {
  return HTTP_FILTERS.flatMap(({ compile }) => compile(context) ?? []);
}
