import { messageToJson } from '../../../src/gen/codec.ts';
import type { MessageTypes } from '../../../src/gen/messages.ts';
import { findManager } from '../simulation/simulate.ts';

type Cluster = MessageTypes['envoy.config.cluster.v3.Cluster'];
type Listener = MessageTypes['envoy.config.listener.v3.Listener'];

/** Whether the endpoints of a cluster come by EDS. */
export function isEds({ type }: Cluster): boolean {
  return type === 'EDS';
}

/** Names of the route configurations that a listener waits for. */
export function listRouteNames({ filter_chains = [], default_filter_chain }: Listener): readonly string[] {
  const chains = default_filter_chain === undefined ? filter_chains : [...filter_chains, default_filter_chain];
  return chains.flatMap((chain) => findManager(chain)?.rds?.route_config_name ?? []);
}

/** Names of the secrets that come over ADS for a listener or cluster. */
export function findSecretNames(message: Listener | Cluster): readonly string[] {
  const json =
    'filter_chains' in message
      ? messageToJson('envoy.config.listener.v3.Listener', message)
      : messageToJson('envoy.config.cluster.v3.Cluster', message);
  return [...walk(json)];
}

/** Secrets stand at any depth, inside of `Any`s inside of each other: the JSON form has them all unpacked. */
function* walk(json: unknown): Generator<string> {
  if (typeof json !== 'object' || json === null) return;
  if (isSecretReference(json)) yield json.name;
  for (const value of Object.values(json)) yield* walk(value);
}

function isSecretReference(json: object): json is { readonly name: string } {
  if (!('name' in json && 'sds_config' in json) || typeof json.name !== 'string') return false;
  return typeof json.sds_config === 'object' && json.sds_config !== null && 'ads' in json.sds_config;
}
