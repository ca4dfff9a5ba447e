import type { ObjectKey } from '../../model/object.ts';
import type { Resource } from '../../xds/resource.ts';
import { listMentions, parseRefusalText } from './message.ts';

/** What is known of an object that shaped a refused resource. */
export interface Suspect {
  readonly key: ObjectKey;
  /** When its present revision came into force: larger is later, equal is together. */
  readonly changedAt: number;
  /** The object as it was written, as one text. */
  readonly text: string;
  /** An older version is in force already, since a proxy refused the present one. */
  readonly isQuarantined?: boolean;
  /** The refusal quotes what the object says. */
  readonly isQuoted?: boolean;
}

/** What a refusal is judged by. */
export interface Refusal {
  /** The proxy's own words. */
  readonly message: string;
  readonly resources: readonly Resource[];
}

/** A suspect, and how likely it is. */
interface Ranked {
  readonly suspect: Suspect;
  /** Numbers that are compared in order, the larger the likelier; suspects with equal ones are tried together. */
  readonly likelihood: readonly number[];
}

/** What says how to serve is wrong more often than what is served; of the first, what says more. */
const KINDS = ['EnvoyFilter', 'VirtualService', 'DestinationRule', 'Gateway', 'Sidecar', 'ServiceEntry', 'Secret'];
const SERVED = ['Service', 'WorkloadEntry', 'EndpointSlice', 'Pod', 'Node', 'Namespace'];

/**
 * Who may have caused a refusal, in groups of equal likelihood, the likeliest first.
 *
 * Envoy names the resources it could not take, and mostly quotes the value it could not take. So: of the objects behind the named resources,
 * first EnvoyFilters, then those that contain what is quoted, then those that changed last. Within a group, by kind, then by how specific an
 * object is to the resource.
 */
export function listSuspects(
  refusal: Refusal,
  find: (key: string) => Suspect | undefined,
): readonly (readonly Suspect[])[] {
  const accused = listAccused(refusal);
  const names = new Set(accused.map(({ name }) => name));
  const mentions = listMentions(parseRefusalText(refusal.message).text).filter((mention) => !names.has(mention));
  const keys = new Set(accused.flatMap(({ origins }) => origins));
  const ranked = [...keys]
    .flatMap((key) => find(key) ?? [])
    .map((suspect) =>
      mentions.some((mention) => suspect.text.includes(mention)) ? { ...suspect, isQuoted: true } : suspect,
    )
    .map((suspect) => ({ suspect, likelihood: likelihoodOf(suspect) }))
    .sort((a, b) => compare(b.likelihood, a.likelihood) || kindRank(a.suspect) - kindRank(b.suspect));
  return group(ranked);
}

/** The resources that the message names; all of them when it names none. */
export function listAccused({ message, resources }: Refusal): readonly Resource[] {
  const { text, printed } = parseRefusalText(message);
  const named = resources.filter(({ name }) => text.includes(name));
  if (named.length > 0) return named;
  const shown = resources.filter(({ name }) => name === printed);
  return shown.length > 0 ? shown : resources;
}

function likelihoodOf(suspect: Suspect): readonly number[] {
  // What an EnvoyFilter changed is accepted without it, so it is tried before anything that it may have changed.
  return [
    Number(suspect.isQuarantined !== true),
    Number(kindOf(suspect) === 'EnvoyFilter'),
    Number(suspect.isQuoted === true),
    suspect.changedAt,
    Number(!SERVED.includes(kindOf(suspect))),
  ];
}

function group(ranked: readonly Ranked[]): readonly (readonly Suspect[])[] {
  const groups: Suspect[][] = [];
  let last: readonly number[] | undefined;
  for (const { suspect, likelihood } of ranked) {
    if (last === undefined || compare(last, likelihood) !== 0) groups.push([]);
    groups.at(-1)?.push(suspect);
    last = likelihood;
  }
  return groups;
}

function compare(a: readonly number[], b: readonly number[]): number {
  return a.map((value, i) => value - (b[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

function kindRank(suspect: Suspect): number {
  const kind = kindOf(suspect);
  const rank = KINDS.indexOf(kind);
  return rank >= 0 ? rank : KINDS.length + 1 + SERVED.indexOf(kind);
}

function kindOf({ key }: Suspect): string {
  return key.slice(0, key.indexOf('/'));
}
