import { type LabelSelector, isMatchedBy } from '../model/label-selector.ts';
import type { InjectionConfig } from './injection-config.ts';
import { findText, type JsonObject, textAt, textsAt, valueAt } from './json.ts';
import { ANNOTATION, LABEL } from './names.ts';
import { findPodName } from './owner.ts';

/** Namespaces whose pods are never injected, whatever they say. */
export const IGNORED_NAMESPACES: readonly string[] = [
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'local-path-storage',
];

/** Which rule settled whether a pod is injected. */
export type DecisionReason =
  /** It shares its node's network, where capture would catch the node's traffic. */
  | 'host-network'
  | 'ignored-namespace'
  | 'label'
  /** The deprecated annotation. */
  | 'annotation'
  | 'never-selector'
  | 'always-selector'
  /** The policy of the configuration. */
  | 'policy'
  | 'unknown-policy';

/** Whether a pod is injected, and why. */
export interface InjectionDecision {
  readonly inject: boolean;
  readonly reason: DecisionReason;
  /** A sentence for people. */
  readonly explanation: string;
  /** Values that nobody understood and that were therefore passed over. */
  readonly warnings: readonly string[];
}

/**
 * Decides whether a pod gets a sidecar. Rules are asked in order, and the first that has an opinion is right: host network, ignored namespaces,
 * the pod's label, its annotation, selectors that forbid, selectors that demand, the policy. Labels of namespaces have no say here: the API
 * server asks about a pod only where the webhook's selectors let it.
 *
 * @param namespace Where the pod will be, if the pod itself does not say it.
 * @see istio pkg/kube/inject/inject.go `injectRequired`
 */
export function decideInjection(
  pod: JsonObject,
  config: Pick<InjectionConfig, 'policy' | 'neverInjectSelector' | 'alwaysInjectSelector'>,
  namespace = '',
): InjectionDecision {
  const home = textAt(pod, 'metadata', 'namespace') || namespace;
  if (valueAt(pod, 'spec', 'hostNetwork') === true)
    return decided(false, 'host-network', 'the pod shares the network of its node');
  if (IGNORED_NAMESPACES.includes(home))
    return decided(false, 'ignored-namespace', `pods of namespace "${home}" are never injected`);
  const warnings: string[] = [];
  const decision = decideBySwitch(pod, warnings) ?? decideBySelector(pod, config) ?? decideByPolicy(config.policy);
  return applyPolicy(config.policy, { ...decision, warnings });
}

function decided(inject: boolean, reason: DecisionReason, explanation: string): InjectionDecision {
  return { inject, reason, explanation, warnings: [] };
}

function decideBySwitch(pod: JsonObject, warnings: string[]): InjectionDecision | undefined {
  const label = findText(pod, 'metadata', 'labels', LABEL.inject);
  const written = label ?? findText(pod, 'metadata', 'annotations', ANNOTATION.inject) ?? '';
  const kind = label === undefined ? 'annotation' : 'label';
  if (written === 'true' || written === 'false')
    return decided(written === 'true', kind, `${kind} ${LABEL.inject} is "${written}"`);
  if (written !== '')
    warnings.push(
      `${kind} ${LABEL.inject} of pod "${findPodName(pod)}" is "${written}", neither "true" nor "false": passed over`,
    );
  return undefined;
}

type Selectors = Pick<InjectionConfig, 'neverInjectSelector' | 'alwaysInjectSelector'>;

function decideBySelector(pod: JsonObject, selectors: Selectors): InjectionDecision | undefined {
  const labels = textsAt(pod, 'metadata', 'labels');
  const findMatch = (list: readonly LabelSelector[]) =>
    list.findIndex((selector) => !isEmpty(selector) && isMatchedBy(labels, selector));
  const never = findMatch(selectors.neverInjectSelector);
  if (never >= 0) return decided(false, 'never-selector', `the pod's labels match neverInjectSelector[${never}]`);
  const always = findMatch(selectors.alwaysInjectSelector);
  return always < 0
    ? undefined
    : decided(true, 'always-selector', `the pod's labels match alwaysInjectSelector[${always}]`);
}

function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

function decideByPolicy(policy: string): InjectionDecision {
  const says =
    policy === 'enabled' ? 'every pod is injected that does not refuse it' : 'only pods are injected that ask for it';
  return decided(policy === 'enabled', 'policy', `the policy is "${policy}": ${says}`);
}

/** A policy that nobody knows turns injection off altogether. */
function applyPolicy(policy: string, decision: InjectionDecision): InjectionDecision {
  if (policy === 'enabled' || policy === 'disabled') return decision;
  const explanation = `the policy is "${policy}", neither "enabled" nor "disabled": nothing is injected`;
  return { ...decision, inject: false, reason: 'unknown-policy', explanation };
}
