import type { Kind } from '../../config/define-kind.ts';
import { KINDS } from '../../config/kinds.ts';
import { isKubeObject, type KubeObject } from '../../kube/object.ts';
import type { Resource } from '../../kube/resource.ts';
import type { Issue } from '../../model/issue.ts';
import type { ObjectKey } from '../../model/object.ts';
import type { ControlPlane } from '../control-plane.ts';
import { redact } from '../debug/written-object.ts';
import type { StatusMessage, Verdict } from './object-status.ts';

/** An object of the API server, and what is to be told of it. */
export interface Judged {
  readonly key: ObjectKey;
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly verdict: Verdict;
}

/** What a control plane knows of the objects of its mesh. */
export type Mesh = Pick<ControlPlane, 'world' | 'fates' | 'views'>;

const ALL_KINDS: readonly Kind[] = Object.values(KINDS);

/** Kinds that have a status of ours: those that users write for the mesh. */
export const STATUS_KINDS: readonly Kind[] = ALL_KINDS.filter(
  ({ resource, scope }) => resource !== undefined && scope === 'namespaced',
);

const byName = new Map<string, Kind>(STATUS_KINDS.map((kind) => [kind.kind, kind]));

/** Where a kind's objects are found; `version` is one that the API server has. */
export function resourceOf({ group, plural, kind, scope }: Kind, version: string): Resource {
  return { group, version, plural, kind, namespaced: scope === 'namespaced' };
}

/**
 * What is to be told of each of the mesh's objects on an API server, the worst first: what does not act is what people look for.
 *
 * @param cluster The name of that API server's cluster; objects that files declare have no status.
 */
export function listVerdicts({ world, fates, views }: Mesh, cluster: string): readonly Judged[] {
  const issues = Map.groupBy([...world.listIssues(), ...views.issues()], ({ object }) => object);
  const notes = Map.groupBy([...views.notes(), ...fates.findings()], ({ object }) => object);
  const judged: Judged[] = [];
  for (const [key, fate] of fates.all()) {
    const kind = byName.get(key.slice(0, key.indexOf('/')));
    const object = kind && findObject(world, key, cluster);
    if (kind === undefined || object === undefined) continue;
    const { uid = '', generation = 0, namespace = '', name } = object.metadata;
    const found = [...(issues.get(key) ?? []).map(toMessage), ...(notes.get(key) ?? []).map(toNote)];
    const verdict = { fate: redactFate(fate), messages: distinct(found), generation };
    const version = object.apiVersion?.split('/').at(-1) ?? kind.versions[0];
    judged.push({ key, resource: resourceOf(kind, version), namespace, name, uid, verdict });
  }
  return judged.sort((a, b) => rankOf(a.verdict) - rankOf(b.verdict));
}

function findObject(world: Mesh['world'], key: ObjectKey, cluster: string): KubeObject | undefined {
  const raw = world.findClusterObject(key);
  return raw?.cluster === cluster && isKubeObject(raw.object) ? raw.object : undefined;
}

function rankOf({ fate, messages }: Verdict): number {
  if (fate.kind === 'applied') return messages.length === 0 ? 2 : 1;
  return 0;
}

function toMessage({ severity, code, message }: Issue): StatusMessage {
  return { severity, code, message: redactText(message) };
}

/** What compiling brings to light, and what is found between objects, leaves them in force. */
function toNote({ code, message }: { readonly code: string; readonly message: string }): StatusMessage {
  return { severity: 'warning', code, message: redactText(message) };
}

/** In an order that does not depend on who found what first. */
function distinct(messages: readonly StatusMessage[]): readonly StatusMessage[] {
  const byText = new Map(messages.map((message) => [`${message.code}\n${message.message}`, message]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, message]) => message);
}

function redactText(text: string): string {
  const shown = redact(text);
  return typeof shown === 'string' ? shown : '';
}

function redactFate<T extends Verdict['fate']>(fate: T): T {
  return 'because' in fate ? { ...fate, because: redactText(fate.because) } : fate;
}
