import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { TSchema } from 'typebox';
import { stringify } from 'yaml';
import type { Kind } from '../../../src/config/define-kind.ts';
import { KINDS } from '../../../src/config/kinds.ts';
import { MESH_CONFIG } from '../../../src/config/mesh/mesh-config-spec.ts';
import { type Plain, repairMesh, repairObject } from './repair.ts';
import { valuesOf, type Written } from './values.ts';

/** A mesh that somebody might have written. */
export interface RandomMesh {
  readonly objects: readonly Plain[];
  /** Settings of the mesh; absent for the defaults. */
  readonly settings?: Plain;
}

/** How often each kind is met. */
const KIND_WEIGHTS = {
  VirtualService: 5,
  DestinationRule: 4,
  Gateway: 3,
  ServiceEntry: 4,
  Sidecar: 2,
  WorkloadEntry: 1,
  PeerAuthentication: 3,
} as const;

/** Settings that only concern what a proxy is started with, or nothing at all yet. */
const SETTINGS_LEFT_OUT = ['extensionProviders', 'defaultProviders', 'discoverySelectors', 'caCertificates'];

/** What every random mesh stands on: services with endpoints, and a certificate. */
const GROUND = ['echo', 'echo-pods', 'other', 'credential'].map(
  (name) =>
    [`${name}.yaml`, readFileSync(new URL(`../../golden/shared/${name}.yaml`, import.meta.url), 'utf8')] as const,
);

const DATABASE = `
apiVersion: v1
kind: Service
metadata: { name: db, namespace: default }
spec: { clusterIP: None, selector: { app: echo }, ports: [{ name: tcp, port: 3306 }, { name: http-admin, port: 8080 }] }
`;

const SETTINGS: TSchema = MESH_CONFIG;

/** Random meshes whose objects are all right by themselves: what their checks complain of is taken away. */
export function randomMeshes(maxObjects: number): fc.Arbitrary<RandomMesh> {
  const objects = fc.array(fc.oneof(...Object.entries(KIND_WEIGHTS).map(toWeighted)), { maxLength: maxObjects });
  const settings = fc.option(valuesOf(withoutFields(SETTINGS, SETTINGS_LEFT_OUT), '', 1), {
    nil: undefined,
    freq: 3,
  });
  return fc.tuple(objects, settings).map(([written, mesh]) => ({
    objects: written.flatMap((object, i): readonly Plain[] => {
      const right = repairObject(named(object, i));
      return right === undefined ? [] : [right];
    }),
    ...(mesh !== undefined && { settings: repairMesh(Object(mesh)) }),
  }));
}

/** The files that a mesh is declared by. */
export function toFiles({ objects, settings }: RandomMesh): Readonly<Record<string, string>> {
  const own = objects.map((object, i) => [`${String(i).padStart(2, '0')}.yaml`, stringify(object)] as const);
  const mesh = settings && {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'istio', namespace: 'istio-system' },
    data: { mesh: JSON.stringify(settings) },
  };
  return Object.fromEntries([
    ...GROUND,
    ['db.yaml', DATABASE],
    ...own,
    ...(mesh ? [['mesh.yaml', stringify(mesh)] as const] : []),
  ]);
}

/** The mesh as people would paste it into a bug report. */
export function toText({ objects, settings }: RandomMesh): string {
  const mesh = settings === undefined ? '' : `# settings of the mesh\n${stringify(settings)}`;
  return `${objects.map((object) => stringify(object)).join('---\n')}${mesh}`;
}

function toWeighted([name, weight]: readonly [string, number]): fc.WeightedArbitrary<Plain> {
  const kind = Object.values<Kind>(KINDS).find((known) => known.kind === name);
  if (kind?.resource === undefined) throw new Error(`there is no kind ${name}`);
  const identity = { apiVersion: `${kind.group}/${kind.versions[0]}`, kind: name };
  const namespace = fc.constantFrom('default', 'default', 'other', 'istio-system');
  const arbitrary = fc.tuple(valuesOf(kind.resource.spec), namespace).map(([spec, where]) => ({
    ...identity,
    metadata: { name: 'x', namespace: where },
    spec: complete(name, Object(spec)),
  }));
  return { weight, arbitrary };
}

/** Names are those of their places, so that no two objects are the same; the first Gateways have names that rules refer to. */
function named(object: Plain, position: number): Plain {
  const name = object.kind === 'Gateway' && position < 3 ? 'gw' : `x-${position}`;
  return { ...object, metadata: { ...Object(object.metadata), name } };
}

/** Gives rules something to do, and secure servers a certificate: random fields rarely add up to one. */
function complete(kind: string, spec: Plain): Plain {
  if (kind === 'VirtualService' && Array.isArray(spec.http)) {
    return { ...spec, http: spec.http.map((rule) => (hasAction(rule) ? rule : { ...rule, route: [ECHO] })) };
  }
  if (kind === 'Gateway' && Array.isArray(spec.servers)) {
    return { selector: { istio: 'gw' }, ...spec, servers: spec.servers.map(withCertificate) };
  }
  return spec;
}

const ECHO = { destination: { host: 'echo', port: { number: 80 } } };

function hasAction(rule: Plain): boolean {
  return ['route', 'redirect', 'directResponse', 'delegate'].some((field) => field in rule);
}

function withCertificate(server: Plain): Plain {
  const { protocol }: { protocol?: unknown } = Object(server.port);
  const isSecure = protocol === 'HTTPS' || protocol === 'TLS';
  if (isSecure && server.tls === undefined) return { ...server, tls: { mode: 'SIMPLE', credentialName: 'credential' } };
  return server;
}

function withoutFields(schema: Written, names: readonly string[]): Written {
  const kept = Object.entries(schema.properties ?? {}).filter(([name]) => !names.includes(name));
  return { ...schema, properties: Object.fromEntries(kept) };
}
