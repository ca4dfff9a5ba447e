import type { ObjectKey } from '../../model/object.ts';
import type { Resource } from '../../xds/resource.ts';

/** What is known of an object that shaped a refused resource. */
export interface Suspect {
  readonly key: ObjectKey;
  /** When its present revision came into force: larger is later. */
  readonly changedAt: number;
  /** The object as it was written, as one text. */
  readonly text: string;
}

/** What a refusal is judged by. */
export interface Refusal {
  /** The proxy's own words. */
  readonly message: string;
  readonly resources: readonly Resource[];
}

/** Quoted pieces of a message that are too short to tell anything. */
const MIN_MENTION = 3;

/**
 * Who may have caused a refusal, the likeliest first.
 *
 * Envoy names the resources it could not take, and mostly quotes the value it could not take. So: of the objects behind the named resources,
 * first EnvoyFilters, then those that contain what is quoted, then those that changed last, then those that are most specific to the resource.
 */
export function listSuspects(refusal: Refusal, find: (key: string) => Suspect | undefined): readonly Suspect[] {
  const accused = listAccused(refusal);
  const keys = new Set(accused.flatMap((resource) => resource.origins));
  const suspects = [...keys].flatMap((key) => find(key) ?? []);
  const mentions = listMentions(refusal.message, accused);
  const rank = new Map(suspects.map((suspect, i) => [suspect.key, i]));
  // What an EnvoyFilter changed is accepted without it, so it is tried before anything that it may have changed.
  const isPatch = ({ key }: Suspect) => Number(key.startsWith('EnvoyFilter/'));
  const isMentioned = (suspect: Suspect) => Number(mentions.some((mention) => suspect.text.includes(mention)));
  return suspects.sort(
    (a, b) =>
      isPatch(b) - isPatch(a) ||
      isMentioned(b) - isMentioned(a) ||
      b.changedAt - a.changedAt ||
      (rank.get(a.key) ?? 0) - (rank.get(b.key) ?? 0),
  );
}

/** The resources that the message names; all of them when it names none. */
export function listAccused({ message, resources }: Refusal): readonly Resource[] {
  const named = resources.filter((resource) => message.includes(resource.name));
  return named.length > 0 ? named : resources;
}

function listMentions(message: string, accused: readonly Resource[]): readonly string[] {
  const names = new Set(accused.map((resource) => resource.name));
  const quoted = [...message.matchAll(/'([^']+)'|"([^"]+)"|`([^`]+)`/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  return quoted.filter((text) => text.length >= MIN_MENTION && !names.has(text));
}
