import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { until } from '../until.ts';
import { readPodField } from './pod-fields.ts';
import type { DownwardItem, KeyToPath, PodObject, ProjectedSource, Volume } from './pod-object.ts';
import { requestPodToken } from './pod-token.ts';

type Files = Readonly<Record<string, string>>;

/**
 * Fills the volumes of a pod as a kubelet would, once: a test that wants a file changed writes it.
 *
 * @param folder Each volume is a folder of its name in it
 */
export async function fillVolumes(cluster: Cluster, pod: PodObject, folder: string): Promise<void> {
  for (const volume of pod.spec.volumes ?? []) {
    const place = path.join(folder, volume.name);
    await mkdir(place, { recursive: true });
    // Containers run as users of their own, and share what they write here.
    await chmod(place, 0o777);
    await writeFiles(place, await readVolume(cluster, pod, volume));
  }
}

/** Puts volumes where containers look for them, below the pod's own root. */
export async function mountVolumes(
  pod: PodObject,
  { root, volumes }: { root: string; volumes: string },
): Promise<void> {
  const { containers, initContainers = [] } = pod.spec;
  const mounts = [...initContainers, ...containers].flatMap(({ volumeMounts = [] }) => volumeMounts);
  for (const { name, mountPath, subPath = '' } of mounts) {
    const place = path.join(root, mountPath);
    await mkdir(path.dirname(place), { recursive: true });
    await symlink(path.join(volumes, name, subPath), place).catch((err: NodeJS.ErrnoException) => {
      // Another container has it in the same place.
      if (err.code !== 'EEXIST') throw err;
    });
  }
}

async function readVolume(cluster: Cluster, pod: PodObject, volume: Volume): Promise<Files> {
  const { configMap, secret, downwardAPI, projected } = volume;
  const { namespace } = pod.metadata;
  if (configMap !== undefined) return readObject(cluster, `${namespace}/configmaps/${configMap.name}`, configMap);
  if (secret !== undefined) return readObject(cluster, `${namespace}/secrets/${secret.secretName}`, secret);
  if (downwardAPI !== undefined) return toDownward(pod, downwardAPI.items);
  const all = await Promise.all((projected?.sources ?? []).map((source) => readSource(cluster, pod, source)));
  return Object.assign({}, ...all);
}

async function readSource(cluster: Cluster, pod: PodObject, source: ProjectedSource): Promise<Files> {
  const { serviceAccountToken, configMap, downwardAPI } = source;
  if (serviceAccountToken !== undefined)
    return { [serviceAccountToken.path]: await requestPodToken(cluster, pod, serviceAccountToken) };
  if (configMap !== undefined)
    return readObject(cluster, `${pod.metadata.namespace}/configmaps/${configMap.name}`, configMap);
  return toDownward(pod, downwardAPI?.items ?? []);
}

function toDownward(pod: PodObject, items: readonly DownwardItem[]): Files {
  return Object.fromEntries(
    items.map(({ path: name, fieldRef }) => [
      name,
      fieldRef === undefined ? '1' : readPodField(pod, fieldRef.fieldPath),
    ]),
  );
}

/** Waits, as a kubelet does, for a ConfigMap or Secret that is not there yet. */
async function readObject(
  cluster: Cluster,
  place: string,
  { items, optional = false }: { readonly items?: readonly KeyToPath[]; readonly optional?: boolean },
): Promise<Files> {
  const content = await until(place, async () => {
    const { status, body } = await cluster.ask({ path: `/api/v1/namespaces/${place}` });
    if (status === 404 && optional) return {};
    const { data = {} }: { data?: Files } = JSON.parse(body);
    return status === 200 ? data : undefined;
  });
  const isSecret = place.includes('/secrets/');
  const text = (value: string) => (isSecret ? Buffer.from(value, 'base64').toString() : value);
  const chosen = items ?? Object.keys(content).map((key) => ({ key, path: key }));
  return Object.fromEntries(chosen.map(({ key, path: name }) => [name, text(content[key] ?? '')]));
}

async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text, { mode: 0o644 });
  }
}
