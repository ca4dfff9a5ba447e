import type { Clock } from '../../kit/clock.ts';
import type { MeshFeatures } from '../../model/mesh-features.ts';
import type { ConfigSource } from '../source.ts';
import type { ResolveName } from './gateway-names.ts';
import type { Site } from './snapshot-maker.ts';

/** What a world is made of. */
export interface WorldOptions extends Partial<Site> {
  /** Of the same object in several, the first counts. */
  readonly sources: readonly ConfigSource[];
  /** One file of MeshConfig; wins over the ConfigMap. */
  readonly meshFile?: ConfigSource;
  /** One file of MeshNetworks; wins over the ConfigMap. */
  readonly networksFile?: ConfigSource;
  /** Where the ConfigMap with the MeshConfig is looked for; `istio-system` when absent. */
  readonly namespace?: string;
  /** Its name; `istio` when absent. */
  readonly meshConfigMap?: string;
  /** Name of another ConfigMap there, with settings below those: what several revisions share. */
  readonly sharedMeshConfigMap?: string;
  /** DNS domain of the cluster; `cluster.local` when absent. */
  readonly domainSuffix?: string;
  /** Asks DNS for network gateways that are known by name; absent, such gateways are of no use. */
  readonly resolveName?: ResolveName;
  /** Switches of the control plane; istiod's defaults when absent. */
  readonly features?: MeshFeatures;
  readonly clock?: Clock;
}
