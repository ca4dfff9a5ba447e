import { type InjectionConfig, parseInjectionConfig } from '../../injector/injection-config.ts';
import { isJsonObject, type JsonObject, objectAt, textAt, textsAt } from '../../injector/json.ts';
import { checkInjection, type InjectionCheck } from '../../injector/webhook/check-injection.ts';
import { findPod } from '../../injector/workload/pod-place.ts';
import type { KubeClient } from '../../kube/client.ts';
import { defineCommand, ExitCode } from '../command.ts';
import { flag } from '../flag.ts';
import { formatTable } from '../table.ts';
import { clusterFlags, listAll, withCluster } from './cluster-flags.ts';
import { nameOfRevision } from './injector-sources.ts';

/** `pilothouse experimental check-inject`: why a pod is in the mesh, or is not. */
export const checkInject = defineCommand({
  name: 'experimental check-inject',
  summary: 'Tell why a pod is injected or is not, rule by rule.',
  details:
    'First the webhooks: whether labels of the namespace and the pod have the API server ask one. Then the rules of the injector that is asked, of\n' +
    'which the first that applies decides.',
  examples: [
    { does: 'A pod that runs', lines: ['pilothouse experimental check-inject reviews-v1-6d8 -n shop'] },
    { does: 'The pods of a Deployment', lines: ['pilothouse experimental check-inject deployment/reviews -n shop'] },
    {
      does: 'A pod with these labels, were it created',
      lines: ['pilothouse experimental check-inject -n shop -l app=reviews'],
    },
  ],
  flagNames: 'verbatim',
  positional: 'target',
  flags: {
    ...clusterFlags,
    target: flag.string('A pod, pod.namespace, or kind/name of what makes pods.'),
    labels: flag.pairs('Labels of a pod that is not there.', { letter: 'l' }),
  },
  run({ target, labels, namespace, istioNamespace, ...choice }, { print, printError, env }) {
    return withCluster(choice, env, async (cluster) => {
      const { client } = cluster;
      const wanted = toTarget(target, namespace ?? cluster.namespace);
      const pod = target === undefined ? toPod(labels) : await findTarget(client, wanted);
      if (pod === undefined) {
        printError(`${wanted.kind} ${wanted.namespace}/${wanted.name} is not there`);
        return ExitCode.failed;
      }
      const checked = { pod, namespace: wanted.namespace, namespaceLabels: await readLabels(client, wanted.namespace) };
      const configurations = (await listAll(client, CONFIGURATIONS)).flatMap(toJson);
      const configs = await readConfigs(client, istioNamespace, configurations);
      const checks = checkInjection(checked, configurations, (revision) => configs.get(revision) ?? ENABLED);
      print(formatChecks(checks));
      return ExitCode.ok;
    });
  },
});

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
const ENABLED = { policy: 'enabled', neverInjectSelector: [], alwaysInjectSelector: [] };

interface Target {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** Collections by what people call their objects. */
const COLLECTIONS: Readonly<Record<string, readonly [root: string, plural: string]>> = {
  pod: ['/api/v1', 'pods'],
  deployment: ['/apis/apps/v1', 'deployments'],
  daemonset: ['/apis/apps/v1', 'daemonsets'],
  statefulset: ['/apis/apps/v1', 'statefulsets'],
  replicaset: ['/apis/apps/v1', 'replicasets'],
  job: ['/apis/batch/v1', 'jobs'],
  cronjob: ['/apis/batch/v1', 'cronjobs'],
};

const SHORT: Readonly<Record<string, string>> = {
  po: 'pod',
  deploy: 'deployment',
  ds: 'daemonset',
  sts: 'statefulset',
  rs: 'replicaset',
  cj: 'cronjob',
};

function toTarget(text: string | undefined, namespace: string): Target {
  const [first = '', second] = (text ?? '').split('/', 2);
  const word = second === undefined ? 'pod' : first.toLowerCase();
  const kind = SHORT[word] ?? word.replace(/s$/, '');
  const [name = '', home] = (second ?? first).split('.', 2);
  return { kind, name, namespace: home || namespace };
}

async function findTarget(client: KubeClient, { kind, name, namespace }: Target): Promise<JsonObject | undefined> {
  const collection = Object.hasOwn(COLLECTIONS, kind) ? COLLECTIONS[kind] : undefined;
  if (collection === undefined) return undefined;
  const [root, plural] = collection;
  const object: unknown = await client.get(`${root}/namespaces/${namespace}/${plural}/${encodeURIComponent(name)}`);
  return isJsonObject(object) ? (findPod(object)?.pod ?? undefined) : undefined;
}

function toPod(labels: Readonly<Record<string, string>>): JsonObject {
  return { metadata: { labels }, spec: {} };
}

async function readLabels(client: KubeClient, namespace: string): Promise<Readonly<Record<string, string>>> {
  const object: unknown = await client.get(`/api/v1/namespaces/${namespace}`);
  return isJsonObject(object) ? textsAt(object, 'metadata', 'labels') : {};
}

/** Settings of every revision that has a webhook and a ConfigMap. */
async function readConfigs(
  client: KubeClient,
  namespace: string,
  configurations: readonly JsonObject[],
): Promise<ReadonlyMap<string, InjectionConfig>> {
  const revisions = new Set(configurations.map((one) => textsAt(one, 'metadata', 'labels')['istio.io/rev'] ?? ''));
  const configs = new Map<string, InjectionConfig>();
  for (const revision of revisions) {
    const name = nameOfRevision('istio-sidecar-injector', revision);
    const map: unknown = await client.get(`/api/v1/namespaces/${namespace}/configmaps/${name}`);
    const text = isJsonObject(map) ? textAt(objectAt(map, 'data'), 'config') : '';
    if (text !== '') configs.set(revision, parseInjectionConfig(text));
  }
  return configs;
}

function formatChecks(checks: readonly InjectionCheck[]): string {
  if (checks.length === 0) return 'No webhook configuration of an injector is there: nothing is injected.';
  const rows = checks.map(({ choice, isInjected, reason }) => [
    choice.configuration,
    choice.revision,
    isInjected ? '✔' : '✘',
    reason,
  ]);
  const asked = checks.filter(({ choice }) => choice.isAsked);
  const rules = asked.map(({ choice, rules, decision }) =>
    [
      `Rules of revision ${choice.revision}, of which the first that applies decides:`,
      formatTable(rules.map(({ rule, says, because }) => [`  ${rule}`, says, because])),
      ...decision.warnings.map((warning) => `  warning: ${warning}`),
    ].join('\n'),
  );
  return [formatTable([['WEBHOOK', 'REVISION', 'INJECTED', 'REASON'], ...rows]), ...rules].join('\n\n');
}

function toJson(object: unknown): readonly JsonObject[] {
  return isJsonObject(object) ? [object] : [];
}
