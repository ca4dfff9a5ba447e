import { isDeepStrictEqual } from 'node:util';
import type { DestinationRule } from '../../model/destination-rule.ts';
import { configMapCredentialName } from '../../model/credentials.ts';
import type { EnvoyFilter } from '../../model/envoy-filter.ts';
import type { Gateway } from '../../model/gateway.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import type { NetworkGateway } from '../../model/network-gateway.ts';
import { compareAge, type Labels, type Meta, type ObjectKey } from '../../model/object.ts';
import type { PeerAuthentication } from '../../model/peer-authentication.ts';
import type { ProxyConfigOverride } from '../../model/proxy-config-override.ts';
import type { Sidecar } from '../../model/sidecar.ts';
import type { Credential, Snapshot } from '../../model/snapshot.ts';
import type { VirtualService } from '../../model/virtual-service.ts';
import type { RegistryContext } from '../registry/context.ts';
import { findConfigMapCredential, findSecretCredential } from '../registry/credential.ts';
import type { EndpointsChange } from '../registry/endpoint-table.ts';
import type { Shadow } from '../registry/merge-services.ts';
import type { ObjectChange } from '../registry/object-change.ts';
import { Registry } from '../registry/registry.ts';
import { SortedValues } from '../registry/sorted-values.ts';
import type { GatewayNames } from './gateway-names.ts';
import { isEndpointsOnly } from './classify.ts';
import { NamedValues } from './named-values.ts';

/** Parts of a snapshot; each keeps its identity while its content is equal. */
export type SnapshotPart = Exclude<keyof Snapshot, 'sequence'>;

/** What is fixed for the life of the process. */
export type Site = Pick<RegistryContext, 'cluster' | 'awaitsPods' | 'systemNamespace'>;

/** How a snapshot differs from the one before it. */
export interface SnapshotChange {
  readonly snapshot: Snapshot;
  readonly parts: ReadonlySet<SnapshotPart>;
  readonly endpoints: readonly EndpointsChange[];
  /** Pods and WorkloadEntries that became other workloads, or none. */
  readonly workloads: readonly ObjectKey[];
  /** Whether EDS alone can carry it. */
  readonly isEndpointsOnly: boolean;
}

const byAge = (a: { readonly meta: Meta }, b: { readonly meta: Meta }) => compareAge(a.meta, b.meta);

/** Makes snapshots one from another, out of the objects that are in force. */
export class SnapshotMaker {
  readonly #site: Site;
  readonly #registry: Registry;
  readonly #virtualServices = new SortedValues<ObjectKey, VirtualService>(byAge);
  readonly #destinationRules = new SortedValues<ObjectKey, DestinationRule>(byAge);
  readonly #sidecars = new SortedValues<ObjectKey, Sidecar>(byAge);
  readonly #gateways = new SortedValues<ObjectKey, Gateway>(byAge);
  readonly #envoyFilters = new SortedValues<ObjectKey, EnvoyFilter>(byAge);
  readonly #proxyConfigs = new SortedValues<ObjectKey, ProxyConfigOverride>(byAge);
  readonly #peerAuthentications = new SortedValues<ObjectKey, PeerAuthentication>(byAge);
  readonly #credentials = new NamedValues<Credential>();
  readonly #namespaces = new NamedValues<Labels>();
  #context: RegistryContext;
  readonly #names: GatewayNames | undefined;
  #routed: { mesh: MeshConfig; gateways: readonly NetworkGateway[]; version: number; whole: MeshConfig } | undefined;
  #snapshot: Snapshot;

  /** @param names Makes addresses of the names of gateways; absent, names stay names, which no proxy can use. */
  constructor(site: Site, mesh: MeshConfig, names?: GatewayNames) {
    this.#site = site;
    this.#names = names;
    this.#context = this.#contextOf(mesh);
    this.#registry = new Registry(this.#context);
    this.#snapshot = this.#make(0, mesh);
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Who lost a host to whom. */
  listShadows(): readonly Shadow[] {
    return this.#registry.listShadows();
  }

  /** Revisions of an object that services in the snapshot were made of. */
  revisionsOf(key: ObjectKey): readonly string[] {
    return this.#registry.revisionsOf(key);
  }

  /** The next snapshot; `undefined` when no part of it would differ. */
  apply(changes: readonly ObjectChange[], mesh: MeshConfig): SnapshotChange | undefined {
    for (const change of changes) this.#take(change);
    const parts = new Set<SnapshotPart>();
    const mark = (part: SnapshotPart, isChanged: boolean) => isChanged && parts.add(part);
    mark('virtualServices', this.#virtualServices.commit());
    mark('destinationRules', this.#destinationRules.commit());
    mark('sidecars', this.#sidecars.commit());
    mark('gateways', this.#gateways.commit());
    mark('envoyFilters', this.#envoyFilters.commit());
    mark('proxyConfigs', this.#proxyConfigs.commit());
    mark('peerAuthentications', this.#peerAuthentications.commit());
    mark('credentials', this.#credentials.commit());
    mark('namespaces', this.#namespaces.commit());
    const context = this.#contextOf(mesh);
    if (!isDeepStrictEqual(context, this.#context)) this.#context = context;
    const { services, endpoints, workloads } = this.#registry.apply(changes, this.#context);
    mark('services', services);
    mark('endpoints', endpoints.length > 0);
    mark('workloads', workloads.length > 0);
    const whole = this.#withGateways(mesh);
    mark('mesh', whole !== this.#snapshot.mesh);
    if (parts.size === 0) return undefined;
    this.#snapshot = this.#make(this.#snapshot.sequence + 1, whole);
    const find = (hostname: string, namespace: string) => this.#registry.findService(hostname, namespace);
    return {
      snapshot: this.#snapshot,
      parts,
      endpoints,
      workloads,
      isEndpointsOnly: isEndpointsOnly(parts, endpoints, find),
    };
  }

  #take({ key, before, after }: ObjectChange): void {
    const object = after ?? before;
    if (object === undefined) return;
    const { namespace, name, cluster } = object.meta;
    // Other clusters add services and workloads; the registry takes them.
    if (cluster !== undefined) return;
    switch (object.kind) {
      case 'VirtualService':
        return this.#virtualServices.put(key, after && object.value);
      case 'DestinationRule':
        return this.#destinationRules.put(key, after && object.value);
      case 'Sidecar':
        return this.#sidecars.put(key, after && object.value);
      case 'Gateway':
        return this.#gateways.put(key, after && object.value);
      case 'EnvoyFilter':
        return this.#envoyFilters.put(key, after && object.value);
      case 'ProxyConfig':
        return this.#proxyConfigs.put(key, after && object.value);
      case 'PeerAuthentication':
        return this.#peerAuthentications.put(key, after && object.value);
      case 'Secret':
        return this.#credentials.put(namespace, name, after && findSecretCredential(object.value));
      case 'ConfigMap':
        return this.#credentials.put(
          namespace,
          configMapCredentialName(name),
          after && findConfigMapCredential(object.value),
        );
      case 'Namespace':
        return this.#namespaces.put('', name, after?.meta.labels);
      default:
        return;
    }
  }

  #contextOf(mesh: MeshConfig): RegistryContext {
    const { domainSuffix, trustDomain, defaultServiceExportTo, rootNamespace, networks, entryVisibility } = mesh;
    return {
      systemNamespace: rootNamespace,
      ...this.#site,
      domainSuffix,
      trustDomain,
      defaultServiceExportTo,
      network: '',
      dualStack: mesh.features.dualStack,
      ...(networks && { networks }),
      ...(entryVisibility && { entryVisibility }),
    };
  }

  /** The settings of the mesh and the gateways that services are; the identical value for identical parts. */
  #withGateways(mesh: MeshConfig): MeshConfig {
    const gateways = this.#registry.networkGateways;
    const { networkGateways: written = [] } = mesh;
    const version = this.#names?.version ?? 0;
    const known = this.#routed;
    if (known?.mesh === mesh && known.gateways === gateways && known.version === version) return known.whole;
    const all = [...written, ...gateways];
    const networkGateways = this.#names?.expand(all) ?? all;
    const whole = networkGateways.length === 0 ? withoutGateways(mesh) : { ...mesh, networkGateways };
    this.#routed = { mesh, gateways, version, whole };
    return whole;
  }

  #make(sequence: number, mesh: MeshConfig): Snapshot {
    return {
      sequence,
      mesh,
      services: this.#registry.services,
      endpoints: this.#registry.endpoints,
      virtualServices: this.#virtualServices.list,
      destinationRules: this.#destinationRules.list,
      sidecars: this.#sidecars.list,
      gateways: this.#gateways.list,
      envoyFilters: this.#envoyFilters.list,
      proxyConfigs: this.#proxyConfigs.list,
      peerAuthentications: this.#peerAuthentications.list,
      credentials: this.#credentials.values,
      workloads: this.#registry.workloads,
      namespaces: this.#namespaces.values.get('') ?? NO_NAMESPACES,
    };
  }
}

/** The very settings when there was nothing in them. */
function withoutGateways(mesh: MeshConfig): MeshConfig {
  const { networkGateways, ...rest } = mesh;
  return networkGateways === undefined ? mesh : rest;
}

const NO_NAMESPACES: ReadonlyMap<string, Labels> = new Map();
