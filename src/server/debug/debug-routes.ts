import { type Doorkeeper, localOnly } from '../http/local-only.ts';
import type { Handler, Routes } from '../http/router.ts';
import { configDump, edsz, ndsz } from './config-dump.ts';
import type { DebugContext } from './debug-context.ts';
import { cachez, configz, endpointShardz, instancesz, mesh, pushStatus, registryz, resourcesz } from './mesh-pages.ts';
import { adsz, connections, forProxy, syncz } from './proxy-pages.ts';
import { clusterz, inject, sourcez } from './source-pages.ts';

/** Every debug page: its name below `/debug/`, what it shows, and who makes it. */
function listPages(context: DebugContext): readonly (readonly [name: string, shows: string, handler: Handler])[] {
  return [
    ['adsz', 'Connected proxies and what they watch; ?push=true pushes to all', adsz(context)],
    ['cachez', 'How much compiling is remembered', cachez(context)],
    ['clusterz', 'Clusters of the mesh, and how far each is known', clusterz(context)],
    ['config_dump', 'What a proxy is served, as Envoy dumps it; ?proxyID=', forProxy(context, configDump)],
    ['configz', 'Every object, where it stands and what became of it', configz(context)],
    ['connections', 'Connected proxies', connections(context)],
    ['edsz', 'Load assignments of a proxy; ?proxyID=', forProxy(context, edsz)],
    ['endpointShardz', 'Endpoints by host, namespace and cluster', endpointShardz(context)],
    ['endpointz', 'The same', endpointShardz(context)],
    ['inject', 'What pods are injected by: templates, values, and what is wrong with them', inject(context)],
    ['instancesz', 'Which ports of which services each proxy serves', instancesz(context)],
    ['mesh', 'The effective mesh configuration', mesh(context)],
    ['ndsz', 'Names of the mesh for the agent of a proxy; ?proxyID=', forProxy(context, ndsz)],
    ['push_status', 'What the last change came to', pushStatus(context)],
    ['registryz', 'Services', registryz(context)],
    ['resourcesz', 'Kinds, and how many objects of each', resourcesz(context)],
    ['sourcez', 'How each kind of the cluster is followed, and how old what is served may be', sourcez(context)],
    ['syncz', 'What each proxy was sent and has acknowledged', syncz(context)],
  ];
}

/** The pages by name, for whoever has decided that they may be seen. */
export function debugPages(context: DebugContext): ReadonlyMap<string, Handler> {
  return new Map(listPages(context).map(([name, , handler]) => [name, handler]));
}

/** The routes of `/debug`, for callers on this machine, and for those whom the doorkeeper lets through. */
export function debugRoutes(context: DebugContext, doorkeeper?: Doorkeeper): Routes {
  const pages = listPages(context);
  const names = pages.map(([name]) => name);
  const index = pages.map(([name, shows]) => `<li><a href="/debug/${name}">${name}</a> ${shows}</li>`).join('\n');
  return localOnly(
    new Map<string, Handler>([
      ...pages.map(([name, , handler]) => [`/debug/${name}`, handler] as const),
      ['/debug/list', () => ({ kind: 'json', value: names })],
      [
        '/debug',
        () => ({ kind: 'text', status: 200, type: 'text/html; charset=utf-8', body: `<ul>\n${index}\n</ul>\n` }),
      ],
    ]),
    doorkeeper,
  );
}
