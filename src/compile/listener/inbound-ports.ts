import type { ServerTls } from '../../model/gateway.ts';
import type { InboundScope } from '../../model/inbound-scope.ts';
import { keyOf, type Meta, type ObjectKey } from '../../model/object.ts';
import type { MtlsMode } from '../../model/peer-authentication.ts';
import { afterTlsTermination, isHttp, type Protocol } from '../../model/protocol.ts';
import type { IngressListener, Sidecar } from '../../model/sidecar.ts';
import type { ServiceTarget } from '../../model/workload.ts';
import { inboundClusterName } from '../names.ts';
import type { CompileNote } from '../note.ts';
import { expandStatName } from '../stat-name.ts';
import { type Binds, findPortObstacle, getWildcards } from './addresses.ts';
import { findInboundMode } from './mtls.ts';
import type { ListenerSettings } from './settings.ts';

/** A port of the workload that its proxy stands in front of. */
export interface InboundPort {
  /** Where the workload listens. */
  readonly targetPort: number;
  /** The service's number: what traces and routes name. */
  readonly servicePort: number;
  readonly protocol: Protocol;
  readonly mode: MtlsMode;
  /** The host that traces name. */
  readonly host: string;
  readonly statPrefix: string;
  readonly binds: Binds;
  /** Has a listener of its own, instead of chains in the one for captured connections. */
  readonly realBind: boolean;
  readonly origin: ObjectKey;
  /** The Sidecar that declares it. */
  readonly sidecar?: Meta;
  /** Ends the TLS of its clients, which are strangers to the mesh. */
  readonly tls?: ServerTls;
}

interface Listed {
  readonly ports: readonly InboundPort[];
  readonly notes: readonly CompileNote[];
}

/**
 * The ports of a workload in ascending order: those of the services that select it, or those that its Sidecar declares instead. Of several
 * services on one port the oldest decides.
 *
 * Without traffic capture, a listener on a service's port would take that port from the workload itself: only a Sidecar can say where to listen.
 * @see istio pilot/pkg/networking/core/listener_inbound.go `buildInboundChainConfigs`
 */
export function listInboundPorts(scope: InboundScope, settings: ListenerSettings): Listed {
  const byPort = new Map<number, InboundPort>();
  const notes: CompileNote[] = [];
  const claim = (port: InboundPort) => {
    const taken = byPort.get(port.targetPort);
    if (taken === undefined) byPort.set(port.targetPort, port);
    else if (taken.protocol !== port.protocol && taken.host !== port.host) notes.push(toConflict(port, taken));
  };
  const { sidecar } = scope;
  if (sidecar?.ingress !== undefined && sidecar.ingress.length > 0) {
    for (const listener of sidecar.ingress) {
      const port = fromIngress(listener, sidecar, scope, { settings, notes });
      if (port) claim(port);
    }
  } else if (settings.interception !== 'NONE') {
    for (const target of scope.targets) {
      const port = fromTarget(target, scope, settings);
      if (port) claim(port);
    }
  }
  return { ports: [...byPort.values()].sort((a, b) => a.targetPort - b.targetPort), notes };
}

function fromTarget(
  { service, port, targetPort }: ServiceTarget,
  scope: InboundScope,
  settings: ListenerSettings,
): InboundPort | undefined {
  const binds = getWildcards(settings.ipMode);
  const claim = {
    port: targetPort,
    bind: binds[0],
    realBind: false,
    isHttp: isHttp(port.protocol),
    capturePorts: true,
  };
  if (findPortObstacle(claim, settings) !== undefined) return undefined;
  const subject = { hostname: service.hostname, service, port: port.number, portName: port.name };
  return {
    targetPort,
    servicePort: port.number,
    protocol: port.protocol,
    mode: findInboundMode(scope, settings, targetPort),
    host: service.hostname,
    statPrefix: toStatPrefix(settings, targetPort, subject),
    binds,
    realBind: false,
    origin: keyOf(service.meta),
  };
}

function fromIngress(
  listener: IngressListener,
  { meta }: Sidecar,
  scope: InboundScope,
  { settings, notes }: { readonly settings: ListenerSettings; readonly notes: CompileNote[] },
): InboundPort | undefined {
  const { port, bind = '', captureMode } = listener;
  const origin = keyOf(meta);
  const realBind = captureMode === 'default' ? settings.interception === 'NONE' : captureMode === 'none';
  const claim = { port: port.number, bind, realBind, isHttp: isHttp(port.protocol), capturePorts: false };
  const obstacle = findPortObstacle(claim, settings);
  if (obstacle !== undefined) {
    notes.push({ object: origin, code: 'SIDECAR_PORT_TAKEN', message: obstacle });
    return undefined;
  }
  const host = `${meta.name}.${meta.namespace}`;
  const mode = findInboundMode(scope, settings, port.number);
  const tls = mode === 'disable' ? listener.tls : undefined;
  if (listener.tls && !tls) notes.push(toTlsIgnored(origin, port.number));
  return {
    targetPort: port.number,
    servicePort: port.number,
    protocol: tls ? afterTlsTermination(port.protocol) : port.protocol,
    mode,
    host,
    statPrefix: toStatPrefix(settings, port.number, { hostname: host, port: port.number, portName: port.name }),
    binds: toIngressBinds(bind, scope, settings),
    realBind,
    origin,
    sidecar: meta,
    ...(tls && { tls }),
  };
}

/** Unless told otherwise, a declared listener takes the proxy's own address, so that loopback stays the workload's. */
function toIngressBinds(bind: string, { ownAddresses: [own] }: InboundScope, { ipMode }: ListenerSettings): Binds {
  if (bind !== '') return [bind];
  return own === undefined ? getWildcards(ipMode) : [own];
}

function toStatPrefix(
  { inboundStatName }: ListenerSettings,
  targetPort: number,
  subject: Parameters<typeof expandStatName>[1],
): string {
  return inboundStatName === '' ? inboundClusterName(targetPort) : expandStatName(inboundStatName, subject);
}

function toConflict(port: InboundPort, taken: InboundPort): CompileNote {
  const because = `port ${port.targetPort} of the workload is served as ${taken.protocol} for ${taken.host}`;
  return {
    object: port.origin,
    code: 'INBOUND_PROTOCOL_CONFLICT',
    message: `${because}, which is older; ${port.host} declares ${port.protocol}`,
    fate: { kind: 'partly-applied', because },
  };
}

function toTlsIgnored(object: ObjectKey, port: number): CompileNote {
  const because = `port ${port} takes mTLS of the mesh, so its own TLS settings are not used`;
  return { object, code: 'SIDECAR_TLS_IGNORED', message: because, fate: { kind: 'partly-applied', because } };
}
