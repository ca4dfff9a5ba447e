import type { Static } from 'typebox';
import { checkClientTls } from '../parts/client-tls.ts';
import { checkConnectionPool } from '../parts/connection-pool.ts';
import { checkLocalityLb, checkZoneAwareLb } from '../parts/locality-lb.ts';
import { checkOutlierDetection } from '../parts/outlier-detection.ts';
import { checkRetries } from '../parts/retries.ts';
import type { Pointer } from '../pointer.ts';
import type { IssueReport } from '../report.ts';
import { toDurationMs } from '../schema/duration.ts';
import { checkAccessLog } from './check-access-log.ts';
import type { MESH_CONFIG } from './mesh-config-spec.ts';

type WrittenMeshConfig = Static<typeof MESH_CONFIG>;

const MAX_CONNECT_MS = 3_600_000;
/** Names of BoringSSL, of which Envoy knows these. */
const CURVES: ReadonlySet<string> = new Set([
  'P-256',
  'P-384',
  'P-521',
  'X25519',
  'X25519MLKEM768',
  'X25519Kyber768Draft00',
]);

/** Fields that depend on each other. */
export function checkMeshConfig(mesh: WrittenMeshConfig, at: Pointer, report: IssueReport): void {
  const { connectTimeout, localityLbSetting, zoneAwareLbSetting, defaultTrafficPolicy } = mesh;
  if (connectTimeout !== undefined && toDurationMs(connectTimeout) > MAX_CONNECT_MS) {
    report.add(
      'DURATION_INVALID',
      at.to('connectTimeout'),
      `connectTimeout is "${connectTimeout}", expected at most 1h`,
    );
  }
  if (localityLbSetting) checkLocalityLb(localityLbSetting, at.to('localityLbSetting'), report, true);
  if (zoneAwareLbSetting) checkZoneAwareLb(zoneAwareLbSetting, at.to('zoneAwareLbSetting'), report, true);
  checkAccessLog(mesh, at, report);
  checkPorts(mesh, at, report);
  checkTls(mesh, at, report);
  checkRetryPolicies(mesh, at, report);
  if (defaultTrafficPolicy?.connectionPool) {
    checkConnectionPool(
      defaultTrafficPolicy.connectionPool,
      at.to('defaultTrafficPolicy').to('connectionPool'),
      report,
    );
  }
  if (defaultTrafficPolicy?.outlierDetection) {
    checkOutlierDetection(
      defaultTrafficPolicy.outlierDetection,
      at.to('defaultTrafficPolicy').to('outlierDetection'),
      report,
    );
  }
  checkProxyConfig(mesh.defaultConfig ?? {}, at.to('defaultConfig'), report);
}

/** Ports of the proxy's own listeners, with what they are where nothing is written; 0 is none. */
const OWN_PORTS = [
  ['proxyListenPort', 15001],
  ['proxyInboundListenPort', 15006],
  ['proxyHttpPort', 0],
] as const;

/** Envoy refuses the second listener of a port, and traffic that is captured for it would go to the first. */
function checkPorts(mesh: WrittenMeshConfig, at: Pointer, report: IssueReport): void {
  const taken = new Map<number, string>();
  for (const [field, absent] of OWN_PORTS) {
    const port = mesh[field] ?? absent;
    const other = taken.get(port);
    if (port !== 0 && other !== undefined) {
      const place = mesh[field] === undefined ? other : field;
      report.add('MESH_PORT_REPEATED', at.to(place), `${field} and ${other} are both ${port}`);
    }
    taken.set(port, field);
  }
}

function checkTls({ meshMTLS, tlsDefaults }: WrittenMeshConfig, at: Pointer, report: IssueReport): void {
  if (meshMTLS?.ecdhCurves) {
    report.add(
      'TLS_CURVE_IN_MESH',
      at.to('meshMTLS').to('ecdhCurves'),
      'curves cannot be chosen for traffic within the mesh: use tlsDefaults',
      'key',
    );
  }
  const seen = new Set<string>();
  for (const [index, curve] of (tlsDefaults?.ecdhCurves ?? []).entries()) {
    const place = at.to('tlsDefaults').to('ecdhCurves').to(index);
    if (!CURVES.has(curve)) report.add('TLS_CURVE', place, `curve "${curve}" is not known`);
    else if (seen.has(curve)) report.add('TLS_CURVE', place, `curve "${curve}" is named twice`);
    seen.add(curve);
  }
}

function checkRetryPolicies(
  { defaultHttpRetryPolicy, defaultInboundHttpRetryPolicy: inbound }: WrittenMeshConfig,
  at: Pointer,
  report: IssueReport,
): void {
  checkRetries(defaultHttpRetryPolicy, at.to('defaultHttpRetryPolicy'), report);
  checkRetries(inbound, at.to('defaultInboundHttpRetryPolicy'), report);
  if (inbound === undefined) return;
  const place = at.to('defaultInboundHttpRetryPolicy');
  if ((inbound.attempts ?? 0) === 0 && inbound.backoff !== undefined) {
    report.add(
      'RETRIES_OFF',
      place.to('backoff'),
      'backoff has no effect: without attempts there are no retries',
      'key',
    );
  }
  for (const field of ['perTryTimeout', 'retryRemoteLocalities', 'retryIgnorePreviousHosts'] as const) {
    if (inbound[field] !== undefined)
      report.add('FIELD_IGNORED', place.to(field), `${field} has no effect on inbound requests`, 'key');
  }
}

function checkProxyConfig(
  config: NonNullable<WrittenMeshConfig['defaultConfig']>,
  at: Pointer,
  report: IssueReport,
): void {
  const { tracing, proxyMetadata = {} } = config;
  if (tracing?.tlsSettings)
    checkClientTls(tracing.tlsSettings, at.to('tracing').to('tlsSettings'), { report, namespace: '' });
  if (tracing?.lightstep && !tracing.lightstep.accessToken) {
    report.add('FIELD_MISSING', at.to('tracing').to('lightstep').to('accessToken'), 'Lightstep needs an accessToken');
  }
  if (Object.hasOwn(proxyMetadata, 'ISTIO_META_DNS_AUTO_ALLOCATE')) {
    report.add(
      'FIELD_DEPRECATED',
      at.to('proxyMetadata').to('ISTIO_META_DNS_AUTO_ALLOCATE'),
      'addresses are allocated by the control plane: ISTIO_META_DNS_AUTO_ALLOCATE is no longer needed',
      'key',
    );
  }
  for (const provider of ['cryptomb', 'qat'] as const) {
    const pollDelay = config.privateKeyProvider?.[provider]?.pollDelay;
    if (pollDelay === undefined || toDurationMs(pollDelay) > 0) continue;
    report.add(
      'DURATION_INVALID',
      at.to('privateKeyProvider').to(provider).to('pollDelay'),
      'pollDelay is zero, expected a duration above it',
    );
  }
}
