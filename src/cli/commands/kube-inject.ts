import { readFile, writeFile } from 'node:fs/promises';
import { stdin } from 'node:process';
import { text as readAll } from 'node:stream/consumers';
import { inject } from '../../injector/inject.ts';
import { valueAt } from '../../injector/json.ts';
import { type InjectedText, injectText, type PodInjector } from '../../injector/workload/inject-text.ts';
import { Fault } from '../../kit/fault.ts';
import { KubeClient } from '../../kube/client.ts';
import { findConnection } from '../../kube/connection.ts';
import { defineCommand, ExitCode } from '../command.ts';
import { flag } from '../flag.ts';
import { clusterFlags } from './cluster-flags.ts';
import { type InjectorSources, nameOfRevision, readInjectorSources } from './injector-sources.ts';

/** Flags are istioctl's. @see istio istioctl/pkg/kubeinject/kubeinject.go */
export const kubeInject = defineCommand({
  name: 'kube-inject',
  summary: 'Add the proxy to the pods of Kubernetes manifests.',
  details:
    'Pods, and whatever makes pods, are injected as the webhook would; everything else is printed as it is. What is in no file comes from the\n' +
    'ConfigMaps of the cluster, and is as built in where no cluster is named.',
  examples: [
    {
      does: 'Create a Deployment whose pods are in the mesh',
      lines: ['pilothouse kube-inject -f app.yaml | kubectl apply -f -'],
    },
    {
      does: 'Without a cluster',
      lines: [
        'pilothouse kube-inject -f app.yaml --injectConfigFile config.yaml --valuesFile values.json --meshConfigFile mesh.yaml',
      ],
    },
  ],
  flagNames: 'verbatim',
  flags: {
    ...clusterFlags,
    filename: flag.list('Files to inject; - for standard input.', { letter: 'f' }),
    output: flag.string('Where to write; absent, to standard output.', { letter: 'o' }),
    meshConfigFile: flag.string('File with the mesh configuration, instead of its ConfigMap.'),
    injectConfigFile: flag.string('File with the key `config` of the injector, instead of its ConfigMap.'),
    valuesFile: flag.string('File with the key `values` of the injector, instead of its ConfigMap.'),
    meshConfigMapName: flag.string('ConfigMap of the mesh configuration, under the key `mesh`.'),
    injectConfigMapName: flag.string('ConfigMap of the injector, under the keys `config` and `values`.'),
    revision: flag.string('Revision whose settings count.', { letter: 'r', default: '' }),
    webhookConfig: flag.string('Understood, without effect: pods are injected here.'),
    operatorFileName: flag.string('Understood, without effect.'),
  },
  async run(values, { env, print, printError }) {
    const { filename, output, revision, namespace } = values;
    if (filename.length === 0) {
      printError('--filename is required: which manifests?');
      return ExitCode.usage;
    }
    const maps = {
      meshConfigMapName: values.meshConfigMapName ?? nameOfRevision('istio', revision),
      injectConfigMapName: values.injectConfigMapName ?? nameOfRevision('istio-sidecar-injector', revision),
    };
    const sources = await withClient(values, env, (client) => readInjectorSources({ ...values, ...maps }, client));
    const injectPod = toPodInjector(sources, { revision, namespace: namespace ?? '' });
    const results: InjectedText[] = [];
    for (const file of filename) results.push(await injectFile(file, injectPod));
    for (const remark of results.flatMap(({ remarks }) => remarks)) printError(remark);
    const text = results.map((result) => result.text).join('');
    if (output === undefined) print(text.replace(/\n$/, ''));
    else await writeFile(output, text);
    return ExitCode.ok;
  },
});

type Values = {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly meshConfigFile: string | undefined;
  readonly injectConfigFile: string | undefined;
  readonly valuesFile: string | undefined;
};

/** Files that say all need no cluster, and nobody is bothered by one that is away. */
async function withClient<T>(
  values: Values,
  env: Readonly<Record<string, string | undefined>>,
  use: (client: KubeClient | undefined) => Promise<T>,
): Promise<T> {
  const { meshConfigFile, injectConfigFile, valuesFile } = values;
  const isComplete = [meshConfigFile, injectConfigFile, valuesFile].every((file) => file !== undefined);
  const connection = isComplete ? undefined : await findConnection({ ...values, env });
  const client = connection && new KubeClient(connection);
  try {
    return await use(client);
  } finally {
    client?.close();
  }
}

/** Whoever asks by hand means it: selectors and policy of the installation do not count, what the pod says does. */
function toPodInjector(
  sources: InjectorSources,
  where: { readonly revision: string; readonly namespace: string },
): PodInjector {
  const config = { ...sources.config, policy: 'enabled', neverInjectSelector: [], alwaysInjectSelector: [] };
  const revision = where.revision === 'default' ? '' : where.revision;
  return ({ pod, workload }) => {
    const namespace = { name: workload.namespace || where.namespace };
    const result = inject(pod, { ...sources, config, namespace, workload, revision, nativeSidecars: false });
    if (result.kind === 'injected') return result.pod;
    if (result.kind === 'refused') throw result.fault;
    return valueAt(pod, 'spec', 'hostNetwork') === true
      ? 'has host networking enabled'
      : 'has sidecar injection disabled';
  };
}

async function injectFile(file: string, injectPod: PodInjector): Promise<InjectedText> {
  const text = await (file === '-' ? readAll(stdin) : readFile(file, 'utf8'));
  try {
    return injectText(text, injectPod);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault(error.code, `${file === '-' ? 'standard input' : file}: ${error.message}`, error);
  }
}
