import { isMatchedBy, type LabelExpression, type LabelSelector } from '../../model/label-selector.ts';
import { isJsonList, isJsonObject, type Json, type JsonObject, listAt, textAt, textsAt } from '../json.ts';

type Labels = Readonly<Record<string, string>>;

/** Whether a webhook configuration has an API server ask about a pod, and why. */
export interface WebhookChoice {
  /** Name of the MutatingWebhookConfiguration. */
  readonly configuration: string;
  readonly revision: string;
  readonly isAsked: boolean;
  /** What settled it, as a sentence. */
  readonly because: string;
}

/** The end of the names of webhooks that inject. */
const SUFFIX = 'sidecar-injector.istio.io';

/** What each configuration that injects makes of a pod, in the order of their names. */
export function chooseWebhooks(
  configurations: readonly JsonObject[],
  namespaceLabels: Labels,
  podLabels: Labels,
): readonly WebhookChoice[] {
  return configurations
    .filter(injects)
    .map((configuration) => chooseWebhook(configuration, namespaceLabels, podLabels))
    .sort((a, b) => (a.configuration < b.configuration ? -1 : 1));
}

/** Whether a configuration is one of Istio's for injection. */
export function injects(configuration: JsonObject): boolean {
  return listAt(configuration, 'webhooks').some((webhook) => textAt(webhook, 'name').endsWith(SUFFIX));
}

/** Whether a configuration injects pods of a namespace that say nothing themselves. */
export function injectsNamespace(configuration: JsonObject, labels: Labels): boolean {
  return listAt(configuration, 'webhooks').some((webhook) => {
    const name = textAt(webhook, 'name');
    if (!name.endsWith(`namespace.${SUFFIX}`) && name !== `auto.${SUFFIX}`) return false;
    return isMatchedBy(labels, toSelector(webhook.namespaceSelector));
  });
}

function chooseWebhook(configuration: JsonObject, namespaceLabels: Labels, podLabels: Labels): WebhookChoice {
  const name = textAt(configuration, 'metadata', 'name');
  const revision = textsAt(configuration, 'metadata', 'labels')['istio.io/rev'] ?? '';
  const misses: string[] = [];
  for (const webhook of listAt(configuration, 'webhooks')) {
    if (!textAt(webhook, 'name').endsWith(SUFFIX)) continue;
    const miss =
      findMiss('namespace', namespaceLabels, toSelector(webhook.namespaceSelector)) ??
      findMiss('pod', podLabels, toSelector(webhook.objectSelector));
    if (miss === undefined)
      return { configuration: name, revision, isAsked: true, because: `${textAt(webhook, 'name')} selects it` };
    misses.push(`${textAt(webhook, 'name').split('.sidecar-injector')[0]}: ${miss}`);
  }
  return { configuration: name, revision, isAsked: false, because: misses.join('; ') };
}

/** The first condition that labels do not fulfil; `undefined` when they fulfil all. */
function findMiss(whose: string, labels: Labels, { matchLabels = {}, matchExpressions = [] }: LabelSelector) {
  const conditions: readonly LabelExpression[] = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In' as const, values: [value] })),
    ...matchExpressions,
  ];
  const missed = conditions.find((expression) => !isMatchedBy(labels, { matchExpressions: [expression] }));
  if (missed === undefined) return undefined;
  const has = labels[missed.key];
  return `${whose} label ${missed.key} is ${has === undefined ? 'not there' : `"${has}"`}, wanted ${describe(missed)}`;
}

function describe({ operator, values = [] }: LabelExpression): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`;
    case 'NotIn':
      return `none of ${values.join(', ')}`;
    case 'Exists':
      return 'any value';
    case 'DoesNotExist':
      return 'none';
  }
}

/** API servers hold selectors to their shape; what is of no such shape selects nothing. */
function toSelector(written: Json | undefined): LabelSelector {
  if (!isJsonObject(written)) return {};
  return {
    matchLabels: textsAt(written, 'matchLabels'),
    matchExpressions: listAt(written, 'matchExpressions').map(toExpression),
  };
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

function toExpression(written: JsonObject): LabelExpression {
  const { values } = written;
  const operator = OPERATORS.find((known) => known === written.operator) ?? 'In';
  return {
    key: textAt(written, 'key'),
    operator,
    values: isJsonList(values) ? values.filter((value) => typeof value === 'string') : [],
  };
}
