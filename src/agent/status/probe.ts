import type { IncomingHttpHeaders } from 'node:http';
import { connect, isIPv6 } from 'node:net';
import { unreachable } from '../../kit/unreachable.ts';
import { GrpcChannel } from '../grpc/channel.ts';
import type { AppProbe } from '../settings/app-probes.ts';
import type { StatusSettings } from '../settings/status-settings.ts';
import { probeHttp } from './probe-http.ts';

/** Where a probe goes, and where it comes from. */
export interface ProbePlace {
  readonly host: string;
  readonly source: string;
  readonly allowsHttp2: boolean;
  /** Where kubelet asked. */
  readonly statusPort: number;
  readonly signal: AbortSignal;
}

/** What kubelet is told. */
export interface ProbeAnswer {
  readonly status: number;
  readonly body: Buffer | string;
}

/** Runs a probe of the application as kubelet would have done. @throws Error when the application does not answer */
export async function runProbe(
  probe: AppProbe,
  incoming: IncomingHttpHeaders,
  settings: StatusSettings & { readonly statusPort: number },
): Promise<ProbeAnswer> {
  const place: ProbePlace = {
    host: settings.probeHost,
    source: settings.probeSource,
    allowsHttp2: settings.probesHttp2,
    statusPort: settings.statusPort,
    signal: AbortSignal.timeout(probe.timeoutMs),
  };
  switch (probe.kind) {
    case 'http':
      return probeHttp(probe, incoming, place);
    case 'tcp':
      await probeTcp(probe.port, place);
      return { status: 200, body: '' };
    case 'grpc':
      return (await probeGrpc(probe, place)) ? { status: 200, body: '' } : { status: 500, body: 'not serving' };
    default:
      return unreachable(probe);
  }
}

async function probeTcp(port: number, { host, source, signal }: ProbePlace): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host, port, localAddress: source, signal });
  socket.once('connect', resolve);
  socket.on('error', reject);
  await promise.finally(() => socket.destroy());
}

/** Field 1, a text whose length takes a varint of one byte or two. */
function encodeService(service: string): Buffer {
  const name = Buffer.from(service);
  if (name.length === 0) return name;
  const length = name.length < 0x80 ? [name.length] : [(name.length & 0x7f) | 0x80, name.length >> 7];
  return Buffer.concat([Buffer.from([0x0a, ...length]), name]);
}

const HEALTH_CHECK = '/grpc.health.v1.Health/Check';
/** Field 1 of the answer is the number 1. */
const SERVING = Buffer.of(0x08, 0x01);

/** @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
async function probeGrpc(
  { port, service }: Extract<AppProbe, { readonly kind: 'grpc' }>,
  { host, source, signal }: ProbePlace,
): Promise<boolean> {
  const address = isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
  const channel = new GrpcChannel(() => ({ address, localAddress: source }));
  try {
    const answer = await channel.unary(HEALTH_CHECK, encodeService(service), { signal });
    return answer.subarray(0, 2).equals(SERVING);
  } finally {
    channel.close();
  }
}
