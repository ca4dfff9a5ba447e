/** Istio's protocols of a port. `auto` is "Unsupported" there: the proxy sniffs. */
export type Protocol =
  | 'http'
  | 'http2'
  | 'http_proxy'
  | 'grpc'
  | 'grpc-web'
  | 'https'
  | 'tls'
  | 'tcp'
  | 'mongo'
  | 'redis'
  | 'mysql'
  | 'udp'
  | 'hbone'
  | 'auto';

const BY_NAME: ReadonlyMap<string, Protocol> = new Map(
  (
    [
      'http',
      'http2',
      'http_proxy',
      'grpc',
      'grpc-web',
      'https',
      'tls',
      'tcp',
      'mongo',
      'redis',
      'mysql',
      'udp',
      'hbone',
    ] as const
  ).map((p) => [p, p]),
);

/**
 * Reads a protocol's name, in any case; `undefined` when it names none.
 * @see istio pkg/config/protocol/instance.go `Parse`
 */
export function findProtocol(name: string): Protocol | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** Whether requests are seen: HTTP in any of its forms. */
export function isHttp(protocol: Protocol): boolean {
  return (
    protocol === 'http' ||
    protocol === 'http2' ||
    protocol === 'http_proxy' ||
    protocol === 'grpc' ||
    protocol === 'grpc-web'
  );
}

/** Whether HTTP/2 is spoken without asking. */
export function isHttp2(protocol: Protocol): boolean {
  return protocol === 'http2' || protocol === 'grpc' || protocol === 'grpc-web';
}

/** Whether the requests are gRPC's. */
export function isGrpc(protocol: Protocol): boolean {
  return protocol === 'grpc' || protocol === 'grpc-web';
}

/** Whether the bytes are TLS that the client began. */
export function isTls(protocol: Protocol): boolean {
  return protocol === 'https' || protocol === 'tls';
}

/** TCP as listeners class it: everything that is proxied as bytes, TLS included. */
export function isTcp(protocol: Protocol): boolean {
  return protocol === 'tcp' || protocol === 'mongo' || protocol === 'redis' || protocol === 'mysql' || isTls(protocol);
}

/** Whether routes matter: HTTP, or a port where it may turn out to be HTTP. */
export function isHttpOrSniffed(protocol: Protocol): boolean {
  return protocol === 'auto' || isHttp(protocol);
}

/** What is left once the proxy has terminated TLS. */
export function afterTlsTermination(protocol: Protocol): Protocol {
  return protocol === 'https' ? 'http' : protocol === 'tls' ? 'tcp' : protocol;
}
