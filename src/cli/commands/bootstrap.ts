import { isIP } from 'node:net';
import { type Address, parseAddress, type TcpAddress } from '../../agent/address.ts';
import { compileBootstrap } from '../../agent/bootstrap.ts';
import type { Locality } from '../../model/proxy.ts';
import { defineCommand, ExitCode } from '../command.ts';
import { flag, type Parsed } from '../flag.ts';

const ipsFlag = flag.parsed<readonly [string, ...string[]]>('ip,…', parseIps);
const addressFlag = flag.parsed<Address>('address', (text) =>
  toParsed(parseAddress(text), 'host:port or unix:///path'),
);
const tcpFlag = flag.parsed<TcpAddress>('host:port', (text) =>
  toParsed(parseTcp(text), 'host:port, or a port of 127.0.0.1'),
);
const localityFlag = flag.parsed<Locality>('region/zone/subzone', parseLocality);

export const bootstrap = defineCommand({
  name: 'bootstrap',
  summary: 'Print the bootstrap with which a stock Envoy joins the mesh.',
  examples: [
    {
      does: 'A sidecar for an application on this machine, and the Envoy that reads it',
      lines: [
        'pilothouse bootstrap --ip 127.0.2.4 --id reviews-v1 --label app=reviews,version=v1 > envoy.json',
        'envoy -c envoy.json --disable-hot-restart',
      ],
    },
  ],
  flags: {
    type: flag.oneOf(['sidecar', 'router'], 'A sidecar serves one workload, a router is a gateway.'),
    ip: ipsFlag('Addresses of the workload, the primary first.', {
      env: 'INSTANCE_IP',
      required: true,
    }),
    id: flag.string('Name of the workload, unique in its namespace.', { env: 'POD_NAME', required: true }),
    namespace: flag.string('Namespace of the workload.', { env: 'POD_NAMESPACE', default: 'default' }),
    label: flag.pairs('Label of the workload, for the selectors of Sidecars, Gateways and policies.'),
    discoveryAddress: addressFlag('Plaintext port of the control plane.', {
      default: '127.0.0.1:15010',
    }),
    interceptionMode: flag.oneOf(['NONE', 'REDIRECT', 'TPROXY'], 'How traffic gets into Envoy; NONE: it is called.'),
    admin: tcpFlag("Envoy's admin interface.", { default: '127.0.0.1:15000' }),
    health: tcpFlag('Where to answer /healthz/ready; by default nowhere.'),
    metrics: tcpFlag('Where to answer /stats/prometheus; by default nowhere.'),
    stats: flag.oneOf(['istio', 'all'], 'Which statistics to keep.'),
    domain: flag.string('DNS domain, by default <namespace>.svc.cluster.local.'),
    clusterId: flag.string('Cluster of the workload.', { env: 'ISTIO_META_CLUSTER_ID', default: 'Kubernetes' }),
    serviceAccount: flag.string('Service account of the workload.', { env: 'SERVICE_ACCOUNT' }),
    locality: localityFlag('Where the workload runs.'),
    meta: flag.pairs('Further metadata of the node.'),
  },
  run(values, { print }) {
    const result = compileBootstrap({
      proxy: {
        type: values.type,
        ips: values.ip,
        name: values.id,
        namespace: values.namespace,
        domain: values.domain,
        labels: values.label,
        interception: values.interceptionMode,
        clusterId: values.clusterId,
        serviceAccount: values.serviceAccount,
        locality: values.locality,
        metadata: values.meta,
      },
      discovery: values.discoveryAddress,
      admin: values.admin,
      health: values.health,
      metrics: values.metrics,
      stats: values.stats,
    });
    print(JSON.stringify(result, null, 2));
    return ExitCode.ok;
  },
});

function toParsed<T>(value: T | undefined, expected: string): Parsed<T> {
  return value === undefined ? { ok: false, expected } : { ok: true, value };
}

function parseTcp(text: string): TcpAddress | undefined {
  const address = parseAddress(text, '127.0.0.1');
  return address?.kind === 'tcp' ? address : undefined;
}

function parseIps(text: string): Parsed<readonly [string, ...string[]]> {
  const [first, ...others] = text.split(',').map((ip) => ip.trim());
  const ok = first !== undefined && [first, ...others].every((ip) => isIP(ip) !== 0);
  return ok ? { ok, value: [first, ...others] } : { ok: false, expected: 'IP addresses, separated by commas' };
}

function parseLocality(text: string): Parsed<Locality> {
  const [region = '', zone = '', subzone = '', ...rest] = text.split('/');
  if (region === '' || rest.length > 0) return { ok: false, expected: 'region, region/zone or region/zone/subzone' };
  return { ok: true, value: { region, zone, subzone } };
}
