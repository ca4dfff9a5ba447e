import type { ObjectKey } from '../../model/object.ts';
import type { Chain } from './chain.ts';

/** Kinds that say what happens to traffic come before those that only say where it goes. */
const RANKED_KINDS = ['VirtualService/', 'DestinationRule/'] as const;

/** The objects behind some chains, each once and the most specific kinds first: whom to ask when Envoy refuses the listener. */
export function listOrigins(chains: readonly Chain[], ...rest: readonly ObjectKey[]): readonly ObjectKey[] {
  const all = [...new Set([...chains.flatMap((chain) => chain.origins), ...rest])];
  const ranked = RANKED_KINDS.flatMap((kind) => all.filter((key) => key.startsWith(kind)));
  return [...ranked, ...all.filter((key) => !ranked.includes(key))];
}
