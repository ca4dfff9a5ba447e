import type { EffectiveRule } from '../model/effective-rule.ts';
import type { Service } from '../model/service.ts';
import { createPieceAnswers, cutServices } from '../model/service-pieces.ts';
import type { OutboundScope, RuleFinder } from '../model/sidecar-scope.ts';

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
export function listServicePieces({
  services,
  findRule,
}: Pick<OutboundScope, 'services' | 'findRule'>): readonly ServicePiece[] {
  return cutServices(services).map((piece) => toPiece(piece, findRule));
}

const toPiece = createPieceAnswers<RuleFinder, ServicePiece>(
  (services, findRule) => ({ services, rules: services.map((service) => findRule(service)) }),
  (a, b) => a.rules.every((rule, i) => rule === b.rules[i]),
);
