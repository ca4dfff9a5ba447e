import type { Endpoint } from './endpoint.ts';
import { createCutter } from './pieces.ts';
import type { Service } from './service.ts';
import type { EndpointIndex } from './snapshot.ts';

/** Cuts lists of services into pieces, for walks over thousands of them of which few changed. */
export const cutServices = createCutter<Service>();

/** Something that answers for services, and may know for which of them it answers otherwise than one before it. */
export interface Versioned<S> {
  /** Hostnames of those services; `undefined` when that is not known. For others the answers are the identical values. */
  listChangedSince?(before: S): readonly string[] | undefined;
}

/** A piece is asked about by few at a time. */
const MAX_KNOWN = 4;

/**
 * Makes a function that reads what a source says of each service of a piece: the identical answer as long as it is the same, and found without
 * asking for each service where the source says that it is.
 */
export function createPieceAnswers<S extends Versioned<S>, R>(
  read: (piece: readonly Service[], source: S) => R,
  isSame: (a: R, b: R) => boolean,
): (piece: readonly Service[], source: S) => R {
  const known = new WeakMap<readonly Service[], readonly { readonly source: S; readonly answer: R }[]>();
  return (piece, source) => {
    const all = known.get(piece) ?? [];
    const kin = all.find((one) => one.source === source) ?? all.find((one) => source.listChangedSince?.(one.source));
    if (kin?.source === source) return kin.answer;
    const changed = kin && source.listChangedSince?.(kin.source);
    const isTouched = changed === undefined || hasAny(piece, changed);
    const now = kin !== undefined && !isTouched ? kin.answer : read(piece, source);
    const answer = kin !== undefined && isSame(kin.answer, now) ? kin.answer : now;
    const others = all.filter((one) => one !== kin);
    known.set(piece, [{ source, answer }, ...others].slice(0, MAX_KNOWN));
    return answer;
  };
}

/** The endpoints of each service of a piece. */
export const listPieceEndpoints = createPieceAnswers<EndpointIndex, readonly (readonly Endpoint[])[]>(
  (piece, endpoints) => piece.map(({ hostname, namespace }) => endpoints.of(hostname, namespace)),
  (a, b) => a.every((list, i) => list === b[i]),
);

const hosts = new WeakMap<readonly Service[], ReadonlySet<string>>();

function hasAny(piece: readonly Service[], changed: readonly string[]): boolean {
  const own = hosts.get(piece) ?? new Set(piece.map(({ hostname }) => hostname));
  hosts.set(piece, own);
  return changed.some((hostname) => own.has(hostname));
}
