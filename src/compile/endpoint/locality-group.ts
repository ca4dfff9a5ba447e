import type {
  envoy_config_core_v3_Locality,
  envoy_config_endpoint_v3_LbEndpoint,
  envoy_config_endpoint_v3_LocalityLbEndpoints,
} from '../../gen/messages.ts';
import type { Endpoint } from '../../model/endpoint.ts';
import type { Locality } from '../../model/proxy.ts';
import { compareText } from '../../model/object.ts';
import { uint32Of } from '../wire.ts';

/** An endpoint, and how Envoy is told of it. */
export interface GroupMember {
  readonly endpoint: Endpoint;
  readonly message: envoy_config_endpoint_v3_LbEndpoint;
}

/** The endpoints of one locality, or those of them that have one priority. */
export interface LocalityGroup {
  readonly locality: Locality;
  readonly members: readonly GroupMember[];
  /** Sum of the endpoints' weights, unless locality settings gave another. */
  readonly weight: number;
  readonly priority: number;
}

const MAX_WEIGHT = 0xffff_ffff;

/** Groups endpoints by locality, in the order of its text; within one they keep their order. */
export function groupByLocality(members: readonly GroupMember[]): readonly LocalityGroup[] {
  const byLocality = Map.groupBy(members, ({ endpoint }) => endpoint.locality);
  return [...byLocality]
    .sort(([a], [b]) => compareText(a, b))
    .map(([text, list]) => ({ locality: parseLocality(text), members: list, weight: sumWeights(list), priority: 0 }));
}

/** `region/zone/subzone`, of which the end may be missing. */
export function parseLocality(text: string): Locality {
  const [region = '', zone = '', subzone = ''] = text.split('/');
  return { region, zone, subzone };
}

/** The weight of endpoints together, as far as Envoy's 32 bits go. */
export function sumWeights(members: readonly GroupMember[]): number {
  const sum = members.reduce((total, { message }) => total + (message.load_balancing_weight?.value ?? 1), 0);
  return Math.min(sum, MAX_WEIGHT);
}

/** Compiles a group; one that has no endpoints left keeps its place. */
export function compileLocalityGroup(group: LocalityGroup): envoy_config_endpoint_v3_LocalityLbEndpoints {
  return {
    locality: compileLocality(group.locality),
    lb_endpoints: group.members.map(({ message }) => message),
    load_balancing_weight: uint32Of(group.weight),
    ...(group.priority > 0 && { priority: group.priority }),
  };
}

function compileLocality({ region, zone, subzone }: Locality): envoy_config_core_v3_Locality {
  return { region, zone, sub_zone: subzone };
}
