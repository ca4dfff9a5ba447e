import { encodeMessage } from '../../gen/codec.ts';
import type { envoy_config_listener_v3_FilterChain } from '../../gen/messages.ts';
import type { ObjectKey } from '../../model/object.ts';
import type { CompileNote } from '../note.ts';
import { type Chain, type ChainMatch, normalizeMatch, toFilterChainMatch } from './chain.ts';

const FILTER_CHAIN = 'envoy.config.listener.v3.FilterChain';

/** The chains of a listener with the matches they got, and what could not be had. */
export interface PlacedChains {
  readonly chains: readonly Chain[];
  readonly notes: readonly CompileNote[];
}

/**
 * Gives every chain of a listener what is left of its match. Envoy refuses a listener in which two chains match the same, even in one of several
 * names or ranges, so the first keeps what it named and later ones keep the rest; a chain for which nothing is left is dropped.
 */
export function placeChains(chains: readonly Chain[], listener: string): PlacedChains {
  const claims = new MatchClaims();
  const notes: CompileNote[] = [];
  const placed = chains.flatMap((chain) => {
    const wanted = normalizeMatch(chain.match);
    const match = wanted && claims.claim(wanted, chain);
    const isServed = wanted !== undefined && (match === wanted || claims.isRepeated(wanted, chain));
    if (!isServed) notes.push(...toNotes(chain.owner, listener, { wanted, match }));
    return match === undefined ? [] : [{ ...chain, match }];
  });
  return { chains: placed, notes };
}

/** The chain as Envoy gets it, with its match. */
export function toFilterChain({ match, body }: Chain): envoy_config_listener_v3_FilterChain {
  const written = toFilterChainMatch(match);
  return written ? { ...body, filter_chain_match: written } : body;
}

function toNotes(
  object: ObjectKey | undefined,
  listener: string,
  { wanted, match }: { readonly wanted: ChainMatch | undefined; readonly match: ChainMatch | undefined },
): readonly CompileNote[] {
  if (object === undefined) return [];
  if (wanted === undefined) {
    const because = `none of its server names or address ranges can be matched on listener ${listener}`;
    return [{ object, code: 'LISTENER_MATCH_IMPOSSIBLE', message: because, fate: { kind: 'partly-applied', because } }];
  }
  const what = match === undefined ? 'these' : 'some of these';
  const because = `an older object already takes ${what} connections on listener ${listener}`;
  const message = `${because}; one address, range or server name leads to one place only`;
  return [{ object, code: 'LISTENER_CHAIN_CONFLICT', message, fate: { kind: 'partly-applied', because } }];
}

/** Who took which connections of one listener. */
class MatchClaims {
  readonly #taken = new Map<string, Chain>();

  /** Claims a normalized match; what comes back is the part that was free, or `undefined` when nothing was. */
  claim(match: ChainMatch, chain: Chain): ChainMatch | undefined {
    const free = this.#freePart(match);
    if (free !== undefined) for (const key of keysOf(free)) this.#taken.set(key, chain);
    return free;
  }

  /** Whether whoever took the match does with it what `chain` would do: a rule for several hosts comes once for each of them. */
  isRepeated(match: ChainMatch, chain: Chain): boolean {
    return keysOf(match).every((key) => {
      const taker = this.#taken.get(key);
      return taker !== undefined && (taker === chain || (taker.owner === chain.owner && isSameBody(taker, chain)));
    });
  }

  #freePart(match: ChainMatch): ChainMatch | undefined {
    const isFree = (part: ChainMatch) => keysOf(part).every((key) => !this.#taken.has(key));
    if (isFree(match)) return match;
    const { serverNames, subnets } = match;
    const names = serverNames.filter((name) => isFree({ ...match, serverNames: [name] }));
    if (names.length > 0) return { ...match, serverNames: names };
    const ranges = subnets.filter((subnet) => isFree({ ...match, subnets: [subnet] }));
    return ranges.length > 0 ? { ...match, subnets: ranges } : undefined;
  }
}

function isSameBody(a: Chain, b: Chain): boolean {
  return encodeMessage(FILTER_CHAIN, a.body).equals(encodeMessage(FILTER_CHAIN, b.body));
}

/** One key for each combination that Envoy would enter into its tree. */
function keysOf(match: ChainMatch): readonly string[] {
  const { serverNames, subnets, transportProtocol = '', applicationProtocols = [] } = match;
  const names = serverNames.length === 0 ? [''] : serverNames;
  const ranges = subnets.length === 0 ? [''] : subnets;
  const rest = `${transportProtocol} ${applicationProtocols.join()}`;
  return ranges.flatMap((range) => names.map((name) => `${range} ${name} ${rest}`));
}
