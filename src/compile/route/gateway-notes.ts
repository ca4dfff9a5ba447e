import { keyOf } from '../../model/object.ts';
import type { VirtualService } from '../../model/virtual-service.ts';
import { type CompileNote, NO_NOTES } from '../note.ts';
import type { GatewayPart } from './gateway-parts.ts';

/** What users should hear of the parts of one piece; most have nothing to tell. */
interface Told {
  readonly found: readonly GatewayPart[];
  readonly unmatched: readonly GatewayPart[];
}

const told = new WeakMap<readonly GatewayPart[], Told>();

/**
 * What users should hear about the VirtualServices of a gateway: destinations that lead nowhere, and Gateways that they are bound to in vain.
 * @param pieces of the parts at all servers, in their order. Each fact is told once.
 */
export function listGatewayNotes(pieces: readonly (readonly GatewayPart[])[]): readonly CompileNote[] {
  const all = pieces.map(toldOf);
  const found = firstOfEach(all.flatMap((piece) => piece.found));
  const unmatched = firstOfEach(all.flatMap((piece) => piece.unmatched));
  const winners = unmatched.size === 0 ? NONE : findWinners(pieces, unmatched);
  const vain = [...unmatched.values()].filter(({ vs }) => !winners.has(vs));
  if (found.size + vain.length === 0) return NO_NOTES;
  return [...[...found.values()].flatMap(({ notes }) => notes), ...vain.map(toMismatchNote)];
}

const NONE: ReadonlySet<VirtualService> = new Set();

function toldOf(parts: readonly GatewayPart[]): Told {
  const known = told.get(parts) ?? {
    found: parts.filter(({ notes }) => notes.length > 0),
    unmatched: parts.filter(({ vs, common }) => common.length === 0 && vs.http.length > 0),
  };
  told.set(parts, known);
  return known;
}

function firstOfEach(parts: readonly GatewayPart[]): ReadonlyMap<VirtualService, GatewayPart> {
  const first = new Map<VirtualService, GatewayPart>();
  for (const part of parts) if (!first.has(part.vs)) first.set(part.vs, part);
  return first;
}

/** Those of `asked` that have a host in common with some server. */
function findWinners(
  pieces: readonly (readonly GatewayPart[])[],
  asked: ReadonlyMap<VirtualService, GatewayPart>,
): ReadonlySet<VirtualService> {
  const winners = new Set<VirtualService>();
  for (const parts of pieces) {
    for (const { vs, common } of parts) if (common.length > 0 && asked.has(vs)) winners.add(vs);
  }
  return winners;
}

function toMismatchNote({ vs, merged }: GatewayPart): CompileNote {
  const message = `none of its hosts is a host of an HTTP server of Gateway "${merged.gatewayName}" that is open to its namespace`;
  return { object: keyOf(vs.meta), code: 'VS_GATEWAY_HOST_MISMATCH', message };
}
