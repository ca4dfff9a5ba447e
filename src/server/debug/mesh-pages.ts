import type { Handler } from '../http/router.ts';
import { targetsOfProxy } from '../views/scopes.ts';
import type { DebugContext, DebugObject } from './debug-context.ts';
import { nameOf } from './proxy-pages.ts';

/** `/debug/registryz`: every service with all its attributes. */
export function registryz(context: DebugContext): Handler {
  return () => ({ kind: 'json', value: context.snapshot().services.map(toPlain) });
}

/** `/debug/endpointShardz`, also as `endpointz`: endpoints by host, namespace and cluster. */
export function endpointShardz(context: DebugContext): Handler {
  return () => {
    const { services, endpoints } = context.snapshot();
    const byHost: Record<string, Record<string, unknown>> = {};
    for (const { hostname, namespace } of services) {
      const list = endpoints.of(hostname, namespace);
      const shards = Object.fromEntries(Map.groupBy(list, (e) => `Kubernetes/${e.cluster}`));
      const accounts = Object.fromEntries(list.flatMap((e) => (e.identity === '' ? [] : [[e.identity, {}]])));
      byHost[hostname] = { ...byHost[hostname], [namespace]: { Shards: shards, ServiceAccounts: accounts } };
    }
    return { kind: 'json', value: byHost };
  };
}

/** `/debug/instancesz`: which ports of which services each proxy serves. */
export function instancesz(context: DebugContext): Handler {
  return () => {
    const pairs = context.streams().flatMap((stream) => {
      const proxy = context.findProxy(stream.id)?.proxy;
      if (proxy === undefined) return [];
      const targets = targetsOfProxy(context.snapshot(), proxy);
      return [
        [nameOf(stream), targets.map((t) => ({ host: t.service.hostname, port: t.port, targetPort: t.targetPort }))],
      ];
    });
    return { kind: 'json', value: Object.fromEntries(pairs) };
  };
}

/** `/debug/configz`: every object as written, where it stands, and what became of it; then the mesh configuration. */
export function configz(context: DebugContext): Handler {
  return () => {
    const all = context.listObjects();
    const objects = all.map((object) => ({ ...object.written, 'pilothouse.io/fate': showFate(object) }));
    const meshConfig = {
      kind: 'MeshConfig',
      spec: toPlain(context.snapshot().mesh),
      'pilothouse.io/fate': showFate(all.find(isMeshSettings) ?? DEFAULT_SETTINGS),
    };
    return { kind: 'json', value: [...objects, meshConfig] };
  };
}

type Shown = Pick<DebugObject, 'place' | 'fate' | 'isQuarantined' | 'issues'>;

/** Settings that no object holds: the defaults, or those of the file. */
const DEFAULT_SETTINGS: Shown = { place: '', fate: { kind: 'applied' }, isQuarantined: false, issues: [] };

function showFate({ place, fate, isQuarantined, issues }: Shown): unknown {
  return { place, ...(typeof fate === 'object' ? fate : {}), ...(isQuarantined && { quarantined: true }), issues };
}

/** The ConfigMap of the mesh's settings; one of the same name in another namespace has no effect, or another. */
function isMeshSettings({ key, written: { data } }: DebugObject): boolean {
  return /^ConfigMap\/[^/]*\/istio$/.test(key) && typeof data === 'object' && data !== null && 'mesh' in data;
}

/** `/debug/mesh`: the effective mesh configuration. */
export function mesh(context: DebugContext): Handler {
  return () => ({ kind: 'json', value: toPlain(context.snapshot().mesh) });
}

/** `/debug/push_status`: what the last change came to. */
export function pushStatus(context: DebugContext): Handler {
  return () => ({ kind: 'json', value: context.lastRound() ?? {} });
}

/** `/debug/resourcesz`: kinds that are known, with how many objects of each. */
export function resourcesz(context: DebugContext): Handler {
  return () => {
    const kinds = Map.groupBy(context.listObjects(), ({ key }) => key.split('/')[0] ?? '');
    return { kind: 'json', value: [...kinds].map(([kind, objects]) => ({ kind, objects: objects.length })) };
  };
}

/** `/debug/cachez`: how much compiling is remembered, and how often that helped. */
export function cachez(context: DebugContext): Handler {
  return () => ({ kind: 'json', value: context.cacheFacts() });
}

/** JSON has neither sets nor maps. */
function toPlain(value: unknown): unknown {
  if (value instanceof Set) return [...value];
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [String(key), toPlain(inner)]));
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toPlain(inner)]));
}
