import { readFile } from 'node:fs/promises';
import { decodeMessage } from '../../gen/codec.ts';
import { createLog } from '../../kit/log.ts';
import type { AgentMetrics } from '../metrics/agent-metrics.ts';
import type { LocalType } from '../relay/local-type.ts';
import type { DnsSettings } from '../settings/environment-parts.ts';
import { DnsServer } from './dns-server.ts';
import { encodeAnswer, encodeTruncated, parseQuery, type Query, RCODE, TYPE } from './message.ts';
import { NameTable } from './name-table.ts';
import { parseResolverConfig, type ResolverConfig } from './resolver-config.ts';
import { type NameServer, type Transport, Upstream } from './upstream.ts';

const log = createLog('dns');

const TYPE_URL = 'type.googleapis.com/istio.networking.nds.v1.NameTable';
const RESOLVER_FILE = '/etc/resolv.conf';
const DNS_PORT = 53;
const TCP_LIMIT = 65_535;

export interface DnsProxyOptions {
  readonly settings: DnsSettings;
  readonly namespace: string;
  /** DNS domain of the proxy, `<namespace>.svc.cluster.local`. */
  readonly domain: string;
  readonly metrics: AgentMetrics;
  /** What the machine's resolvers do; read from `/etc/resolv.conf` when absent. */
  readonly resolver?: ResolverConfig;
  /** Where name servers listen; 53 when absent. */
  readonly upstreamPort?: number;
  /** From 0 up to but not including 1. */
  readonly random?: () => number;
}

/**
 * Answers the pod's DNS: names of the mesh from what the control plane says of them, all others with what the machine's own name servers say.
 * @see istio pkg/dns/client/dns.go
 */
export class DnsProxy {
  readonly #options: DnsProxyOptions;
  readonly #servers: DnsServer[] = [];
  #upstream: Upstream | undefined;
  #search: string | undefined;
  #table: NameTable | undefined;

  constructor(options: DnsProxyOptions) {
    this.#options = options;
  }

  /** Takes tables from the control plane. */
  get localType(): LocalType {
    return {
      typeUrl: TYPE_URL,
      apply: (resources) => {
        const bytes = resources.at(-1)?.bytes;
        if (bytes === undefined) return;
        const { namespace, domain } = this.#options;
        const message = decodeMessage('istio.networking.nds.v1.NameTable', bytes);
        this.#table = new NameTable(message, { namespace, domain, search: this.#search });
        log.debug({ event: 'dns.table', names: this.#table.size }, `${this.#table.size} names of the mesh`);
      },
    };
  }

  /** Whether the control plane has said which names there are. */
  get isReady(): boolean {
    return this.#table !== undefined;
  }

  get table(): NameTable | undefined {
    return this.#table;
  }

  /** Listens. @returns the port. @throws the operating system's error when no address can be listened on */
  async start(): Promise<number> {
    const { settings, metrics, resolver = await readResolver(), upstreamPort = DNS_PORT } = this.#options;
    const { hosts, port } = toListenAddresses(settings.address);
    this.#search = resolver.search;
    // A resolver that points at ourselves would be asked by us for ever.
    const isOwn = ({ host, port: at }: NameServer) => at === port && hosts.includes(host);
    const servers = resolver.servers.map((host) => ({ host, port: upstreamPort })).filter((server) => !isOwn(server));
    this.#upstream = new Upstream({ ...settings, servers, metrics });
    let given = port;
    for (const [at, host] of hosts.entries()) {
      const server = new DnsServer(host, (message, transport) => this.answer(message, transport));
      try {
        given = await server.listen(host, given);
        this.#servers.push(server);
      } catch (err) {
        server.close();
        // A machine without IPv6 has the first of localhost's addresses only.
        if (at === 0) throw err;
        log.debug({ event: 'dns.listen', err, host }, `no DNS on ${host}`);
      }
    }
    log.info({ event: 'dns.listening', port: given }, `DNS is answered on ${settings.address}`);
    return given;
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }

  /** Answers a message; nothing when it is none. */
  async answer(message: Buffer, transport: Transport): Promise<Buffer | undefined> {
    const parsed = parseQuery(message);
    if (parsed.kind === 'ignore') return undefined;
    this.#options.metrics.dnsRequests.increment();
    const { query } = parsed;
    const limit = transport === 'tcp' ? TCP_LIMIT : query.udpLimit;
    if (parsed.kind === 'refuse') return encodeAnswer(query, { rcode: parsed.rcode }, limit);
    // A name of the mesh must not be asked of others only because we do not know it yet.
    if (this.#table === undefined) return encodeAnswer(query, { rcode: RCODE.serverFailure }, limit);
    const own = this.#answerFrom(this.#table, query, limit);
    if (own !== undefined) return own;
    const answer = await this.#upstream?.ask(query, message, transport);
    if (answer === undefined) return encodeAnswer(query, { rcode: RCODE.serverFailure }, limit);
    return answer.length > limit ? encodeTruncated(query) : answer;
  }

  #answerFrom(table: NameTable, query: Query, limit: number): Buffer | undefined {
    const { type, isInternet, name } = query;
    if (!isInternet || (type !== TYPE.a && type !== TYPE.aaaa)) return undefined;
    const found = table.find(name);
    if (found === undefined) return undefined;
    const addresses = shuffle(type === TYPE.a ? found.v4 : found.v6, this.#options.random ?? Math.random);
    return encodeAnswer(query, { rcode: RCODE.noError, target: found.target, addresses, isAuthoritative: true }, limit);
  }
}

async function readResolver(): Promise<ResolverConfig> {
  return parseResolverConfig(await readFile(RESOLVER_FILE, 'utf8').catch(() => ''));
}

/** localhost is both of its addresses; a bare IPv6 address has brackets. */
function toListenAddresses(address: string): { readonly hosts: readonly string[]; readonly port: number } {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[|\]$/g, '');
  const hosts = host === 'localhost' ? ['127.0.0.1', '::1'] : [host === '' ? '0.0.0.0' : host];
  return { hosts, port: Number(address.slice(at + 1)) };
}

/** Spreads clients that take the first address. */
function shuffle(addresses: readonly string[], random: () => number): readonly string[] {
  const rest = [...addresses];
  return addresses.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0] ?? '');
}
