import { IGNORED_NAMESPACES } from '../decision.ts';
import { isJsonObject, type Json, type JsonObject, textAt, textsAt } from '../json.ts';
import { ANNOTATION, LABEL } from '../names.ts';
import { injects, injectsNamespace } from './webhook-choice.ts';

/** What of a cluster says who injects what. */
export interface InjectionView {
  readonly istioNamespace: string;
  readonly namespaces: readonly JsonObject[];
  readonly configurations: readonly JsonObject[];
  readonly pods: readonly JsonObject[];
  /** Image of the sidecar by revision. */
  readonly images: ReadonlyMap<string, string>;
}

type Row = readonly string[];

/** A namespace, the revision that injects its new pods, and of which revisions its pods are: a line for each of these. */
export function listNamespaceRows(view: InjectionView): readonly Row[] {
  const pods = Map.groupBy(view.pods, (pod) => textAt(pod, 'metadata', 'namespace'));
  return listNamespaces(view).flatMap((namespace) => {
    const name = textAt(namespace, 'metadata', 'name');
    const revision = findRevision(namespace, view.configurations);
    const counts = listCounts(pods.get(name) ?? [], revision);
    if (counts.length === 0) return revision === '' ? [] : [[name, revision, '<no pods>']];
    return counts.map((count) => [name, revision, count]);
  });
}

/** What each configuration injects by itself. */
export function listHookRows(view: InjectionView): readonly Row[] {
  const names = view.configurations.filter(injects).map((configuration) => {
    const name = textAt(configuration, 'metadata', 'name');
    const revision = textsAt(configuration, 'metadata', 'labels')['istio.io/rev'] ?? '';
    const namespaces = listNamespaces(view)
      .filter((namespace) => injectsNamespace(configuration, textsAt(namespace, 'metadata', 'labels')))
      .map((namespace) => textAt(namespace, 'metadata', 'name'));
    const rows = namespaces.length > 0 ? namespaces : ['DOES NOT AUTOINJECT'];
    return { name, rows: rows.map((first) => [first, name, revision, view.images.get(revision) ?? '']) };
  });
  return names.sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap(({ rows }) => rows);
}

/** Those that can be injected, by name. */
function listNamespaces({ namespaces, istioNamespace }: InjectionView): readonly JsonObject[] {
  return namespaces
    .filter((namespace) => {
      const name = textAt(namespace, 'metadata', 'name');
      const isAmbient = textsAt(namespace, 'metadata', 'labels')['istio.io/dataplane-mode'] === 'ambient';
      return name !== istioNamespace && !IGNORED_NAMESPACES.includes(name) && !isAmbient;
    })
    .sort((a, b) => (textAt(a, 'metadata', 'name') < textAt(b, 'metadata', 'name') ? -1 : 1));
}

/** `MISSING/…` where a namespace asks for what no configuration gives; empty where it asks for nothing. */
function findRevision(namespace: JsonObject, configurations: readonly JsonObject[]): string {
  const labels = textsAt(namespace, 'metadata', 'labels');
  const found = configurations.find((configuration) => injectsNamespace(configuration, labels));
  if (found !== undefined) return textsAt(found, 'metadata', 'labels')['istio.io/rev'] ?? '';
  const injection = labels['istio-injection'];
  if (injection !== undefined) return injection === 'disabled' ? '' : 'MISSING/istio-injection';
  return labels['istio.io/rev'] ? `MISSING/${labels['istio.io/rev']}` : '';
}

function listCounts(pods: readonly JsonObject[], expected: string): readonly string[] {
  const byRevision = [...Map.groupBy(pods, findPodRevision)].sort(([a], [b]) => (a < b ? -1 : 1));
  return byRevision.map(([revision, all]) => {
    const disabled = all.filter(refuses).length;
    const stale = revision === expected ? 0 : all.length - disabled;
    return [
      `${revision || '<non-Istio>'}: ${all.length}`,
      ...(disabled > 0 ? [`(injection disabled: ${disabled})`] : []),
      ...(stale > 0 ? [`NEEDS RESTART: ${stale}`] : []),
    ].join(' ');
  });
}

/** By what its injection wrote down. */
function findPodRevision(pod: JsonObject): string {
  const annotations = textsAt(pod, 'metadata', 'annotations');
  const status = annotations[ANNOTATION.status];
  return status === undefined ? '' : readRevision(status) || annotations[ANNOTATION.revision] || '';
}

function readRevision(status: string): string {
  try {
    const parsed: Json = JSON.parse(status);
    return isJsonObject(parsed) ? textAt(parsed, 'revision') : '';
  } catch {
    return '';
  }
}

function refuses(pod: JsonObject): boolean {
  const written = textsAt(pod, 'metadata', 'labels')[LABEL.inject];
  return (written ?? textsAt(pod, 'metadata', 'annotations')[ANNOTATION.inject] ?? '').toLowerCase() === 'false';
}
