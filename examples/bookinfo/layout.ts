import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Which addresses the example takes. The YAML in `mesh/` names those of `STANDARD`. */
export interface Layout {
  /** First three parts of the addresses of the Envoys: workload N has `.N` in it, the gateway `.100`. */
  readonly inbound: string;
  /** First three parts of the addresses that the applications call: `.N` for workload N. */
  readonly outbound: string;
  /** The application of workload N listens on 127.0.0.1, at this port plus N. */
  readonly appPorts: number;
  readonly gatewayPort: number;
  /** xDS in plaintext. */
  readonly grpcPort: number;
  /** `/ready`. */
  readonly httpPort: number;
  /** `/metrics` and `/debug`. */
  readonly monitoringPort: number;
}

/** istiod's ports where they matter to anyone; its 8080 is the one port that every developer's machine has in use. */
export const STANDARD: Layout = {
  inbound: '127.0.2',
  outbound: '127.0.3',
  appPorts: 19_080,
  gatewayPort: 8_000,
  grpcPort: 15_010,
  httpPort: 15_080,
  monitoringPort: 15_014,
};

/** Every Envoy has an address of its own, and on it the admin port that Istio's proxies have. */
export const ADMIN_PORT = 15_000;

/** The port of all four services, and with it of every inbound and outbound listener. */
export const SERVICE_PORT = 9_080;

export interface Workload {
  /** N of the addresses above. */
  readonly n: number;
  readonly app: string;
  readonly version: string;
  /** Calls other services, and so has an outbound listener. */
  readonly calls: boolean;
}

export const WORKLOADS: readonly Workload[] = [
  { n: 1, app: 'productpage', version: 'v1', calls: true },
  { n: 2, app: 'details', version: 'v1', calls: false },
  { n: 3, app: 'ratings', version: 'v1', calls: false },
  { n: 4, app: 'reviews', version: 'v1', calls: false },
  { n: 5, app: 'reviews', version: 'v2', calls: true },
  { n: 6, app: 'reviews', version: 'v3', calls: true },
];

export const GATEWAY = { n: 100, app: 'istio-ingressgateway' } as const;

export const MESH_DIR = fileURLToPath(new URL('mesh', import.meta.url));
export const STEPS_DIR = fileURLToPath(new URL('steps', import.meta.url));

/** The one file of `mesh/` that every step replaces. */
export const ROUTES_FILE = 'routes.yaml';

export function podOf({ app, version }: Workload): string {
  return `${app}-${version}`;
}

/** Every address that the example listens on. */
export function listAddresses(layout: Layout): { host: string; port: number }[] {
  const local = (port: number) => ({ host: '127.0.0.1', port });
  const { gatewayPort, grpcPort, httpPort, monitoringPort } = layout;
  return [
    ...[gatewayPort, grpcPort, httpPort, monitoringPort].map(local),
    { host: `${layout.inbound}.${GATEWAY.n}`, port: ADMIN_PORT },
    ...WORKLOADS.flatMap(({ n, calls }) => [
      local(layout.appPorts + n),
      { host: `${layout.inbound}.${n}`, port: ADMIN_PORT },
      { host: `${layout.inbound}.${n}`, port: SERVICE_PORT },
      ...(calls ? [{ host: `${layout.outbound}.${n}`, port: SERVICE_PORT }] : []),
    ]),
  ];
}

/** Copies the mesh into an empty folder, for experiments that leave the original alone, with other addresses if wanted. */
export async function copyMesh(target: string, layout: Layout = STANDARD): Promise<void> {
  await cp(MESH_DIR, target, { recursive: true });
  for (const file of await readdir(target)) {
    const path = join(target, file);
    await writeFile(path, moveAddresses(await readFile(path, 'utf8'), layout));
  }
}

/** Rewrites the addresses that the YAML of the example names. */
export function moveAddresses(yaml: string, layout: Layout): string {
  return yaml
    .replace(/127\.0\.2\.(?=\d)/g, `${layout.inbound}.`)
    .replace(/127\.0\.3\.(?=\d)/g, `${layout.outbound}.`)
    .replace(/127\.0\.0\.1:190(8\d)/g, (_, last: string) => `127.0.0.1:${layout.appPorts + Number(last) - 80}`)
    .replace(/number: 8000\b/g, `number: ${layout.gatewayPort}`);
}
