import { type DecisionReason, decideInjection, type InjectionDecision } from '../decision.ts';
import type { InjectionConfig } from '../injection-config.ts';
import { type JsonObject, textsAt } from '../json.ts';
import { chooseWebhooks, type WebhookChoice } from './webhook-choice.ts';

/** What comes of a pod: whether its creation is told to an injector, and what that decides. */
export interface InjectionCheck {
  readonly choice: WebhookChoice;
  /** As the injector of this configuration would decide, were it asked. */
  readonly decision: InjectionDecision;
  readonly isInjected: boolean;
  readonly reason: string;
  /** In the order in which they are asked. */
  readonly rules: readonly RuleOutcome[];
}

/** What one rule had to say. */
export interface RuleOutcome {
  readonly rule: string;
  readonly says: 'inject' | 'leave' | '-';
  readonly because: string;
}

type DecisionConfig = Parameters<typeof decideInjection>[1];

type Rule = readonly [rule: string, reasons: readonly DecisionReason[]];

const RULES: readonly Rule[] = [
  ['host network', ['host-network']],
  ['ignored namespaces', ['ignored-namespace']],
  ['pod label sidecar.istio.io/inject', ['label']],
  ['pod annotation sidecar.istio.io/inject', ['annotation']],
  ['neverInjectSelector', ['never-selector']],
  ['alwaysInjectSelector', ['always-selector']],
  ['policy', ['policy', 'unknown-policy']],
];

/** What an API server asks about. */
export interface CheckedPod {
  readonly pod: JsonObject;
  readonly namespace: string;
  readonly namespaceLabels: Readonly<Record<string, string>>;
}

/** Checks a pod against every webhook configuration that injects. @param configOf Settings of a revision's injector. */
export function checkInjection(
  { pod, namespace, namespaceLabels }: CheckedPod,
  configurations: readonly JsonObject[],
  configOf: (revision: string) => Pick<InjectionConfig, keyof DecisionConfig>,
): readonly InjectionCheck[] {
  const labels = textsAt(pod, 'metadata', 'labels');
  return chooseWebhooks(configurations, namespaceLabels, labels).map((choice) => {
    const decision = decideInjection(pod, configOf(choice.revision), namespace);
    const isInjected = choice.isAsked && decision.inject;
    const reason = choice.isAsked ? `${choice.because}; ${decision.explanation}` : choice.because;
    return { choice, decision, isInjected, reason, rules: listRules(decision) };
  });
}

function listRules(decision: InjectionDecision): readonly RuleOutcome[] {
  const decisive = RULES.findIndex(([, reasons]) => reasons.includes(decision.reason));
  const says = decision.inject ? 'inject' : 'leave';
  return RULES.map(([rule], i): RuleOutcome => {
    if (i === decisive) return { rule, says, because: decision.explanation };
    return { rule, says: '-', because: i < decisive ? 'does not apply' : 'is not asked any more' };
  });
}
