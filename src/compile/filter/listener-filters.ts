import { type Extension, toExtension } from '../extension.ts';
import { uint32Of } from '../wire.ts';

/*
 * What looks at a connection before a filter chain is chosen for it.
 */

const TYPES = 'envoy.extensions.filters.listener';

/** The socket mark by which the capture rules let connections from the original source address pass. */
const CAPTURE_MARK = 1337;

/** A ClientHello mostly fits; the buffer grows when it does not. Envoy's own start of 64 KiB is a cost per connection. */
const INITIAL_READ_BYTES = 512;

/** Finds the server name and ALPN that a TLS client offers. */
export function compileTlsInspector(): Extension {
  return toExtension('envoy.filters.listener.tls_inspector', `${TYPES}.tls_inspector.v3.TlsInspector`, {
    initial_read_buffer_size: uint32Of(INITIAL_READ_BYTES),
  });
}

/** Tells HTTP from other plaintext. It comes after the TLS inspector, because it leaves alone what that one took for TLS. */
export function compileHttpInspector(): Extension {
  return toExtension('envoy.filters.listener.http_inspector', `${TYPES}.http_inspector.v3.HttpInspector`, {});
}

/** Restores the address a captured connection was meant for. */
export function compileOriginalDst(): Extension {
  return toExtension('envoy.filters.listener.original_dst', `${TYPES}.original_dst.v3.OriginalDst`, {});
}

/** Connects upstream from the client's own address, for transparent capture. */
export function compileOriginalSrc(): Extension {
  return toExtension('envoy.filters.listener.original_src', `${TYPES}.original_src.v3.OriginalSrc`, {
    mark: CAPTURE_MARK,
  });
}

/** Reads the PROXY header of a load balancer in front. */
export function compileProxyProtocol(): Extension {
  return toExtension('envoy.filters.listener.proxy_protocol', `${TYPES}.proxy_protocol.v3.ProxyProtocol`, {});
}
