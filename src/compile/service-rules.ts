import type { EffectiveRule } from '../model/effective-rule.ts';
import type { Service } from '../model/service.ts';
import { cutServices } from '../model/service-pieces.ts';
import type { OutboundScope } from '../model/sidecar-scope.ts';
import type { CompileCache } from './cache.ts';

/** The rule that governs each service of a piece, in its order. */
export type PieceRules = readonly (EffectiveRule | undefined)[];

/** Some of the services of a scope, with their rules: both are the identical lists as long as nothing in them changes. */
export interface ServicePiece {
  readonly services: readonly Service[];
  readonly rules: PieceRules;
}

/**
 * The services of a scope in pieces. Walks over a scope compile piece by piece, each through the cache: of thousands of services few change at
 * a time, and pieces without one are found compiled.
 */
export function listServicePieces(scope: OutboundScope, cache: CompileCache): readonly ServicePiece[] {
  return cutServices(scope.services).map((services) => cache.call(toPiece, services, scope.findRule, cache));
}

function toPiece(services: readonly Service[], findRule: OutboundScope['findRule'], cache: CompileCache): ServicePiece {
  return cache.call(internPiece, services, ...services.map(findRule));
}

function internPiece(services: readonly Service[], ...rules: PieceRules): ServicePiece {
  return { services, rules };
}
