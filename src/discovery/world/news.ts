import { ConfigDocument } from '../../config/read/config-document.ts';
import type { RawObject, SourceChange, SourceGroup } from '../source.ts';

/** Stands for the file of MeshConfig among sources. */
export const MESH_FILE = -1;

/** Stands for the file of MeshNetworks. */
export const NETWORKS_FILE = -2;

/** Something a source told. */
export interface News {
  /** Which source, by its place among all. */
  readonly source: number;
  readonly change: SourceChange;
  /** When, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** What one group became. */
export interface GroupNews {
  readonly source: number;
  readonly id: string;
  /** Absent: it is gone. */
  readonly group?: SourceGroup;
}

/** The last that was told of each group, with those first that may hold the mesh's settings: they shape how everything else is read. */
export function listGroups(news: readonly News[]): {
  readonly settings: readonly GroupNews[];
  readonly rest: readonly GroupNews[];
} {
  const last = new Map<string, GroupNews>();
  for (const { source, change } of news) {
    for (const id of change.removed) last.set(`${source} ${id}`, { source, id });
    for (const group of change.groups) last.set(`${source} ${group.id}`, { source, id: group.id, group });
  }
  const { settings = [], rest = [] } = Object.groupBy(last.values(), ({ source, group }) =>
    source < 0 || group?.objects.some(mayBeConfigMap) ? 'settings' : 'rest',
  );
  return { settings, rest };
}

/** One phrase for all that was told. */
export function toReason(news: readonly News[]): string {
  const [first, ...others] = news;
  if (first === undefined) return 'nothing was told';
  return others.length === 0 ? first.change.reason : `${first.change.reason}, and ${others.length} more`;
}

function mayBeConfigMap(raw: RawObject): boolean {
  if (raw instanceof ConfigDocument) return raw.text.includes('ConfigMap');
  const { object } = raw;
  return typeof object === 'object' && object !== null && 'kind' in object && object.kind === 'ConfigMap';
}
