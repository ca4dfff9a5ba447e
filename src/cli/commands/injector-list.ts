import { type JsonObject, isJsonObject, textAt, textsAt } from '../../injector/json.ts';
import { toProxyImage } from '../../injector/images.ts';
import { parseInjectionValues } from '../../injector/values.ts';
import { type InjectionView, listHookRows, listNamespaceRows } from '../../injector/webhook/injector-list.ts';
import { Fault } from '../../kit/fault.ts';
import { defineCommand, ExitCode } from '../command.ts';
import { formatTable } from '../table.ts';
import { clusterFlags, listAll, type OpenCluster, withCluster } from './cluster-flags.ts';

/** `pilothouse injector list`: who injects what in a cluster. */
export const injectorList = defineCommand({
  name: 'injector list',
  summary: 'List which namespaces are injected, by which revision, and which of their pods are older.',
  examples: [{ does: 'All namespaces of the present cluster', lines: ['pilothouse injector list'] }],
  flagNames: 'verbatim',
  flags: clusterFlags,
  run({ namespace, istioNamespace, ...choice }, { print, env }) {
    return withCluster(choice, env, async (cluster) => {
      const all = await readView(cluster, istioNamespace);
      const isMeant = (object: JsonObject) =>
        namespace === undefined || textAt(object, 'metadata', 'name') === namespace;
      const view = { ...all, namespaces: all.namespaces.filter(isMeant) };
      const namespaces = listNamespaceRows(view);
      const hooks = listHookRows(view);
      print(
        namespaces.length === 0
          ? 'No Istio injected namespaces present.'
          : formatTable([['NAMESPACE', 'ISTIO-REVISION', 'POD-REVISIONS'], ...namespaces], 1),
      );
      print('');
      print(
        hooks.length === 0
          ? 'No Istio injection hooks present.'
          : formatTable([['NAMESPACES', 'INJECTOR-HOOK', 'ISTIO-REVISION', 'SIDECAR-IMAGE'], ...hooks], 1),
      );
      return ExitCode.ok;
    });
  },
});

async function readView({ client }: OpenCluster, istioNamespace: string): Promise<InjectionView> {
  const read = async (path: string, labelSelector?: string) =>
    (await listAll(client, path, labelSelector)).flatMap((object: unknown) => (isJsonObject(object) ? [object] : []));
  const [namespaces, configurations, pods, configMaps] = await Promise.all([
    read('/api/v1/namespaces'),
    read('/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'),
    read('/api/v1/pods'),
    read(`/api/v1/namespaces/${istioNamespace}/configmaps`, 'istio.io/rev'),
  ]);
  return { istioNamespace, namespaces, configurations, pods, images: new Map(configMaps.flatMap(findImage)) };
}

/** The image that a revision's injector puts into pods; none from ConfigMaps that are not an injector's, or cannot be read. */
function findImage(configMap: JsonObject): readonly (readonly [string, string])[] {
  const { config, values } = textsAt(configMap, 'data');
  if (config === undefined || values === undefined) return [];
  const revision = textsAt(configMap, 'metadata', 'labels')['istio.io/rev'] ?? '';
  try {
    return [[revision, toProxyImage(parseInjectionValues(values), {}, {})]];
  } catch (error) {
    if (Fault.from(error).code === 'INTERNAL') throw error;
    return [];
  }
}
