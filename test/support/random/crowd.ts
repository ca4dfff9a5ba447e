import fc from 'fast-check';
import { stringify } from 'yaml';

/** One file of a crowded mesh takes another form; form 0 is "not there". */
export interface CrowdStep {
  readonly slot: number;
  readonly form: number;
}

const ENTRIES = 90;
const GATEWAY_RULES = 40;
const MESH_RULES = 20;
const POLICIES = 20;
const FORMS = 4;
const NETWORKING = 'networking.istio.io/v1';

/** How many files a crowded mesh has at most. */
export const CROWD = ENTRIES + GATEWAY_RULES + MESH_RULES + POLICIES;

/** Changes of a mesh that has many objects of few kinds, which get in each other's way: so many that lists of them are cut into pieces. */
export const crowdSteps: fc.Arbitrary<readonly CrowdStep[]> = fc.array(
  fc.record({ slot: fc.nat(CROWD - 1), form: fc.nat(FORMS - 1) }),
  { minLength: 1, maxLength: 8 },
);

/** The file that holds a slot. */
export function crowdFile(slot: number): string {
  return `crowd-${String(slot).padStart(3, '0')}.yaml`;
}

/** What the file says; `undefined` where it is not there. */
export function crowdText({ slot, form }: CrowdStep): string | undefined {
  if (form === 0) return undefined;
  if (slot < ENTRIES) return object('ServiceEntry', `entry-${slot}`, entrySpec(slot, form));
  if (slot < ENTRIES + GATEWAY_RULES) return object('VirtualService', `gateway-${slot}`, gatewayRuleSpec(slot, form));
  if (slot < CROWD - POLICIES) return object('VirtualService', `mesh-${slot}`, meshRuleSpec(slot, form));
  return object('DestinationRule', `policy-${slot}`, policySpec(slot, form));
}

/** The Gateways that its rules are bound to: two that share a port. */
export const CROWD_GATEWAYS = [
  gateway('gw', ['*']),
  gateway('gw-two', ['*.example.com', 'other/*'], { httpsRedirect: true }),
].join('---\n');

function gateway(name: string, hosts: readonly string[], tls?: unknown): string {
  const port = { number: 80, name: 'http', protocol: 'HTTP' };
  return object('Gateway', name, {
    selector: { istio: 'gw' },
    servers: [{ port, hosts, ...(tls !== undefined && { tls }) }],
  });
}

function object(kind: string, name: string, spec: unknown): string {
  return stringify({ apiVersion: NETWORKING, kind, metadata: { name, namespace: 'default' }, spec });
}

const hostOf = (slot: number) => `host-${slot % ENTRIES}.example.com`;

function entrySpec(slot: number, form: number): unknown {
  // One form asks for the host of a neighbour.
  const host = form === 3 && slot % 7 === 0 ? hostOf(slot + 1) : hostOf(slot);
  const second =
    slot % 3 === 0 ? { number: 443, name: 'tls', protocol: 'TLS' } : { number: 9000, name: 'tcp', protocol: 'TCP' };
  const http = { number: 80, name: 'http', protocol: 'HTTP' };
  const sniffed = { number: 8080 + (slot % 2), name: 'any', protocol: '' };
  return {
    hosts: [host],
    ...(slot % 5 !== 0 && { addresses: [`10.4.0.${form === 2 ? (slot % 4) + 100 : slot}`] }),
    ports: form === 2 ? [http, sniffed] : [http, second],
    resolution: slot % 11 === 0 ? 'DNS' : 'STATIC',
    ...(slot % 13 === 0 && { exportTo: ['.', 'other'] }),
    endpoints: [{ address: `10.5.0.${slot + form}` }],
  };
}

function gatewayRuleSpec(slot: number, form: number): unknown {
  const route = [{ destination: { host: hostOf(slot), port: { number: 80 } } }];
  if (slot % 10 === 0) return { http: [{ match: [{ uri: { prefix: `/delegate-${form}` } }], route }] };
  const name = `gateway-${Math.floor(slot / 10) * 10}`;
  const delegating = [{ match: [{ uri: { prefix: '/delegate' } }], delegate: { name, namespace: 'default' } }];
  const rules = [{ match: [{ uri: { prefix: `/${slot}` } }], timeout: `${form}s`, route }];
  return {
    hosts: form === 3 ? [hostOf(slot % 6), 'shared.example.com', '*.example.com'] : [hostOf(slot % 12)],
    gateways: slot % 4 === 0 ? ['gw', 'gw-two', 'mesh'] : ['gw'],
    http: slot % 3 === 0 ? [...delegating, ...rules] : rules,
  };
}

function meshRuleSpec(slot: number, form: number): unknown {
  const route = [{ destination: { host: hostOf(slot + form) } }];
  if (form === 3 && slot % 5 === 0) return { hosts: [hostOf(slot)], tcp: [{ match: [{ port: 9000 }], route }] };
  return { hosts: [hostOf(slot % 15), ...(form === 2 ? ['unknown'] : [])], http: [{ timeout: `${form}s`, route }] };
}

function policySpec(slot: number, form: number): unknown {
  const hashing = { loadBalancer: { consistentHash: { httpHeaderName: 'x-user' } } };
  return {
    host: form === 2 ? '*.example.com' : hostOf(slot % 10),
    subsets: [{ name: 'v1', labels: { version: 'v1' } }],
    trafficPolicy: form === 3 ? hashing : { connectionPool: { tcp: { maxConnections: slot } } },
  };
}
