import { readFile } from 'node:fs/promises';
import { parseYaml } from '../../config/read/yaml.ts';
import { injectFault } from '../../injector/fault.ts';
import { type InjectionConfig, parseInjectionConfig } from '../../injector/injection-config.ts';
import { isJsonObject, type JsonObject, textsAt } from '../../injector/json.ts';
import { parseInjectionValues } from '../../injector/values.ts';
import type { KubeClient } from '../../kube/client.ts';

/** Where the settings of injection come from: files by name, the rest from ConfigMaps of a cluster. */
export interface SourceChoice {
  readonly injectConfigFile: string | undefined;
  readonly valuesFile: string | undefined;
  readonly meshConfigFile: string | undefined;
  readonly istioNamespace: string;
  readonly injectConfigMapName: string;
  readonly meshConfigMapName: string;
}

/** What a pod is injected by, offline. */
export interface InjectorSources {
  readonly config: InjectionConfig;
  readonly values: JsonObject;
  readonly mesh: JsonObject;
}

/** Name of the ConfigMap of a revision: the default one carries no name. */
export function nameOfRevision(name: string, revision: string): string {
  return revision === '' || revision === 'default' ? name : `${name}-${revision}`;
}

/**
 * Reads the settings of injection. What is in no file is asked of the cluster, and is as built in where there is none.
 * @throws Fault `INJECT_CONFIG_INVALID` for what cannot be read, or is not there where it should be.
 */
export async function readInjectorSources(
  choice: SourceChoice,
  client: KubeClient | undefined,
): Promise<InjectorSources> {
  const { injectConfigFile, valuesFile, meshConfigFile, istioNamespace } = choice;
  const read = async (file: string | undefined, map: string, key: string) =>
    file === undefined
      ? client && readKey(client, { namespace: istioNamespace, name: map, key })
      : readFile(file, 'utf8');
  const [config, values, mesh] = await Promise.all([
    read(injectConfigFile, choice.injectConfigMapName, 'config'),
    read(valuesFile, choice.injectConfigMapName, 'values'),
    read(meshConfigFile, choice.meshConfigMapName, 'mesh'),
  ]);
  return {
    config: parseInjectionConfig(config ?? 'policy: enabled'),
    values: parseInjectionValues(values ?? ''),
    mesh: parseMesh(mesh ?? ''),
  };
}

interface KeyPlace {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

async function readKey(client: KubeClient, { namespace, name, key }: KeyPlace): Promise<string> {
  const map: unknown = await client.get(`/api/v1/namespaces/${namespace}/configmaps/${name}`);
  const text = isJsonObject(map) ? textsAt(map, 'data')[key] : undefined;
  if (text === undefined)
    throw injectFault('INJECT_CONFIG_INVALID', `ConfigMap ${namespace}/${name} has no key "${key}", or is not there`);
  return text;
}

function parseMesh(text: string): JsonObject {
  const read = parseYaml(text);
  if (read.kind === 'broken')
    throw injectFault('INJECT_CONFIG_INVALID', `mesh configuration, line ${read.place.line}: ${read.reason}`);
  return read.kind === 'value' && isJsonObject(read.value) ? read.value : {};
}
