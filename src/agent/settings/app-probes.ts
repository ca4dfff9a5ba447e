import { settingFault } from './fault.ts';
import { readJsonMap } from './environment-parts.ts';

/** A probe or hook that kubelet would have run, and the agent runs now, from within the pod. */
export type AppProbe =
  | {
      readonly kind: 'http';
      readonly port: number;
      /** With its query; begins with a slash. */
      readonly path: string;
      readonly isTls: boolean;
      readonly headers: readonly (readonly [name: string, value: string])[];
      readonly timeoutMs: number;
    }
  | { readonly kind: 'tcp'; readonly port: number; readonly timeoutMs: number }
  | { readonly kind: 'grpc'; readonly port: number; readonly service: string; readonly timeoutMs: number };

const VARIABLE = 'ISTIO_KUBE_APP_PROBERS';
const PATH = /^\/(?:app-health\/[^/]+\/(?:livez|readyz|startupz)|app-lifecycle\/[^/]+\/(?:prestopz|poststartz))$/;
/** Kubelet's own. */
const DEFAULT_TIMEOUT_S = 1;

type Json = Readonly<Record<string, unknown>>;

/** Reads what the injector has written. @throws Fault AGENT_SETTING that names the path */
export function parseAppProbes(text: string | undefined): ReadonlyMap<string, AppProbe> {
  const entries = Object.entries(readJsonMap(text, VARIABLE));
  return new Map(entries.map(([path, written]) => [path, parseProbe(path, written)]));
}

function parseProbe(path: string, written: unknown): AppProbe {
  if (!PATH.test(path)) throw invalid(path, 'is no path of a probe or hook');
  const json = toJson(written);
  const seconds = Number(json.timeoutSeconds ?? 0);
  const timeoutMs = 1000 * (seconds > 0 ? seconds : DEFAULT_TIMEOUT_S);
  const [http, tcp, grpc] = [json.httpGet, json.tcpSocket, json.grpc];
  if ([http, tcp, grpc].filter((kind) => kind !== undefined && kind !== null).length !== 1)
    throw invalid(path, 'needs one of httpGet, tcpSocket, grpc');
  if (http) return { ...parseHttp(path, toJson(http)), timeoutMs };
  if (tcp) return { kind: 'tcp', port: readPort(path, toJson(tcp)), timeoutMs };
  const { service } = toJson(grpc);
  return {
    kind: 'grpc',
    port: readPort(path, toJson(grpc)),
    service: typeof service === 'string' ? service : '',
    timeoutMs,
  };
}

function parseHttp(path: string, json: Json) {
  const target = typeof json.path === 'string' ? json.path : '';
  const headers: readonly unknown[] = Array.isArray(json.httpHeaders) ? json.httpHeaders : [];
  return {
    kind: 'http' as const,
    port: readPort(path, json),
    path: target.startsWith('/') ? target : `/${target}`,
    isTls: json.scheme === 'HTTPS',
    headers: headers.map((header) => {
      const { name, value } = toJson(header);
      return [String(name ?? ''), String(value ?? '')] as const;
    }),
  };
}

function readPort(path: string, { port }: Json): number {
  if (typeof port === 'number' && Number.isInteger(port) && port > 0 && port <= 65_535) return port;
  throw invalid(path, 'needs a port by its number');
}

function toJson(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function invalid(path: string, reason: string) {
  return settingFault('AGENT_SETTING', `${VARIABLE}: ${path} ${reason}`);
}
