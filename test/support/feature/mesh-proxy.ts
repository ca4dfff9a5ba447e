import { messageToJson } from '../../../src/gen/codec.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { listAlternateNames } from '../../../src/compile/route/alternate-names.ts';
import type { ProxySpec } from '../declare/proxy.ts';
import type { ResourceType } from '../proxy/resource-type.ts';
import type { Push, ScriptedProxy } from '../proxy/scripted-proxy.ts';
import type { Answer, ConnectionAnswer, TlsAnswer } from '../simulation/answer.ts';
import type { Connection } from '../simulation/connection.ts';
import { describeServerTls } from '../simulation/describe-tls.ts';
import { findChain } from '../simulation/find-chain.ts';
import { findInboundListener, findOutboundListener } from '../simulation/find-listener.ts';
import { type HttpRequestOptions, toHttpRequest } from '../simulation/http-request.ts';
import { findManager, simulateConnection, simulateRequest } from '../simulation/simulate.ts';

/** How a call differs from what its URL says. */
export interface CallOptions extends HttpRequestOptions {
  /** The address that the client connects to; by default that of the host, as DNS in the mesh knows it. */
  readonly ip?: string;
  /** The port that the client connects to, when it is not that of the URL. */
  readonly port?: number;
  /** HTTP/2 without TLS. */
  readonly h2c?: boolean;
}

/** What becomes of a connection; one `passed on` is the application's own TLS, `no HTTP` is TLS read as HTTP. */
export type Acceptance = 'taken' | 'passed on' | 'asked for a certificate' | 'no HTTP' | 'refused';

/** Hosts that nobody in the mesh declared are somewhere on the internet. */
const ELSEWHERE = '192.0.2.1';

/** A connected proxy, to ask where calls go. */
export class MeshProxy {
  readonly name: string;
  readonly script: ScriptedProxy;
  readonly mayRefuse: boolean;
  readonly #spec: ProxySpec;
  readonly #snapshot: () => Snapshot;

  constructor(spec: ProxySpec, script: ScriptedProxy, snapshot: () => Snapshot, mayRefuse: boolean) {
    this.name = spec.name;
    this.script = script;
    this.mayRefuse = mayRefuse;
    this.#spec = spec;
    this.#snapshot = snapshot;
  }

  /** What becomes of a request that the workload sends; at a gateway, that a client sends to it. */
  request(url: string, options: CallOptions = {}): Answer | ConnectionAnswer {
    const parsed = new URL(url);
    const connection = this.#toConnection(parsed, options);
    const listener = findOutboundListener(this.script.held, connection);
    return simulateRequest(this.script.held, listener, connection, toHttpRequest(parsed, options));
  }

  /** What becomes of a request that comes to the workload from outside the mesh, in plaintext. */
  receive(url: string, options: CallOptions = {}): Answer | ConnectionAnswer {
    const parsed = new URL(url);
    const connection = { ...this.#toConnection(parsed, options), address: options.ip ?? this.#ip };
    const listener = findInboundListener(this.script.held, connection);
    return simulateRequest(this.script.held, listener, connection, toHttpRequest(parsed, options));
  }

  /** What becomes of a connection to `host:port` that carries no HTTP; with TLS when it names a server. */
  open(address: string, options: { readonly sni?: string; readonly alpn?: readonly string[] } = {}): ConnectionAnswer {
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
    const { sni, alpn = [] } = options;
    const to = { address: this.#resolve(host), port: Number(port), ...(sni !== undefined && { tls: { sni, alpn } }) };
    return simulateConnection(findOutboundListener(this.script.held, to), to);
  }

  /** What a client of a gateway is shown before it says anything; `undefined` where there is no TLS. */
  tls(url: string, options: CallOptions = {}): TlsAnswer | undefined {
    const connection = this.#toConnection(new URL(url), options);
    const listener = findOutboundListener(this.script.held, connection);
    const chain = listener && findChain(listener, connection);
    return chain && describeServerTls(chain);
  }

  /** What becomes of a connection that comes to a port of the workload: in plaintext HTTP, or in TLS by a client that offers `alpn`. */
  accept(port: number, alpn?: readonly string[]): Acceptance {
    const secured = alpn ? { tls: { sni: '', alpn } } : { plaintext: 'http/1.1' as const };
    const connection = { address: this.#ip, port, ...secured };
    const listener = findInboundListener(this.script.held, connection);
    const chain = listener && findChain(listener, connection);
    if (chain === undefined) return 'refused';
    if (alpn === undefined) return 'taken';
    if (describeServerTls(chain) === undefined) return findManager(chain) ? 'no HTTP' : 'passed on';
    return alpn.includes('istio') ? 'taken' : 'asked for a certificate';
  }

  /** Types of the responses since the last change, each once, in the order in which they came. */
  pushedTypes(): readonly ResourceType[] {
    return [...new Set(this.script.pushes.map(({ type }) => type))];
  }

  /** Responses since the last change. */
  get pushes(): readonly Push[] {
    return this.script.pushes;
  }

  /** A cluster as Envoy would print it. */
  cluster(name: string): unknown {
    const message = this.script.held.clusters.get(name);
    return message && messageToJson('envoy.config.cluster.v3.Cluster', message);
  }

  clusterNames(): readonly string[] {
    return this.script.held.names('cds');
  }

  listenerNames(): readonly string[] {
    return this.script.held.names('lds');
  }

  /** `address:port` of the endpoints of a cluster, in the order of their priorities. */
  endpoints(cluster: string): readonly string[] {
    const assignment =
      this.script.held.endpoints.get(cluster) ?? this.script.held.clusters.get(cluster)?.load_assignment;
    const groups = [...(assignment?.endpoints ?? [])].sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0));
    return groups.flatMap(({ lb_endpoints = [] }) =>
      lb_endpoints.map(({ endpoint }) => {
        const { address = '', port_value = 0 } = endpoint?.address?.socket_address ?? {};
        return `${address}:${port_value}`;
      }),
    );
  }

  close(): void {
    this.script.close();
  }

  get #ip(): string {
    return this.#spec.node.id?.split('~')[1] ?? '';
  }

  #toConnection(url: URL, { ip, port, h2c }: CallOptions): Connection {
    const isTls = url.protocol === 'https:';
    const host = url.hostname;
    return {
      address: ip ?? this.#resolve(host),
      port: port ?? Number(url.port || (isTls ? 443 : 80)),
      ...(isTls ? { tls: { sni: host, alpn: ['h2', 'http/1.1'] } } : { plaintext: h2c ? 'h2c' : 'http/1.1' }),
    };
  }

  /** The address that a name stands for, as the mesh's DNS would say to this proxy's workload. */
  #resolve(host: string): string {
    if (/^[\d.]+$/.test(host)) return host;
    const named = this.#snapshot().services.find(({ hostname }) => this.#listNames(hostname).includes(host));
    return named?.addresses[0] ?? ELSEWHERE;
  }

  #listNames(hostname: string): readonly string[] {
    return [hostname, ...listAlternateNames(hostname, this.#spec.dnsDomain)];
  }
}
