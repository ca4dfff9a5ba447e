import { hostname } from 'node:os';
import type { KubeSource } from '../discovery/kube/kube-source.ts';
import { metricsContentType, renderMetrics } from '../kit/metrics.ts';
import { toPlace } from '../model/object.ts';
import type { ControlPlane } from './control-plane.ts';
import type { DebugContext, DebugObject } from './debug/debug-context.ts';
import type { Authenticator } from '../ca/authenticator.ts';
import { createDebugAnswers } from './debug/debug-answers.ts';
import { createDoorkeeper } from './debug/debug-doorkeeper.ts';
import type { DebugPolicy } from './debug/debug-policy.ts';
import { debugPages, debugRoutes } from './debug/debug-routes.ts';
import { readWritten, redact } from './debug/written-object.ts';
import type { Handler, Routes } from './http/router.ts';
import { uptime } from './metrics.ts';

/** What the HTTP ports serve. */
export interface ServerRoutes {
  /** On `--httpAddr`. */
  readonly http: Routes;
  /** On `--monitoringAddr`. */
  readonly monitoring: Routes;
}

/** What routes are made of. */
export interface RoutesInput {
  readonly plane: ControlPlane;
  readonly version: string;
  readonly ready: { readonly isReady: boolean };
  /** `ENABLE_DEBUG_ON_HTTP`: debug pages on the HTTP port too. */
  readonly debugOnHttp: boolean;
  /** The cluster that objects come from, if one is there. */
  readonly cluster?: Pick<KubeSource, 'states'>;
  /** What pods are injected by, if they are. */
  readonly injection?: { describe(): object };
  /** Served on `--httpAddr` where webhooks have no port of their own. */
  readonly webhooks?: Routes;
  /** By what callers from elsewhere prove who they are, and what they may see then; absent where nobody can. */
  readonly debugAuth?: { readonly authenticators: readonly Authenticator[]; readonly policy: DebugPolicy };
}

/** The paths that istiod serves, on the ports where it serves them. */
export function createServerRoutes(input: RoutesInput): ServerRoutes {
  const { plane, version, ready, debugOnHttp, cluster, injection, webhooks = [], debugAuth } = input;
  const context: DebugContext = {
    ...toDebugContext(plane),
    watchedKinds: () => cluster?.states() ?? [],
    ...(injection && { injection: () => injection.describe() }),
  };
  const doorkeeper = debugAuth && createDoorkeeper(debugAuth.authenticators, debugAuth.policy, context);
  const debug = debugRoutes(context, doorkeeper);
  if (debugAuth)
    plane.xds.answerWith({
      answer: createDebugAnswers({ ...debugAuth, context, pages: debugPages(context) }),
      // In a Pod, its name.
      identifier: JSON.stringify({ Component: 'istiod', ID: hostname(), Info: { version } }),
    });
  const readiness: Handler = () => ({ kind: 'text', status: ready.isReady ? 200 : 503, body: '' });
  return {
    http: new Map([['/ready', readiness], ...(debugOnHttp ? debug : []), ...webhooks]),
    monitoring: new Map<string, Handler>([
      ['/metrics', scrape],
      ['/version', () => ({ kind: 'text', status: 200, body: `${version}-pilothouse-Clean` })],
      ...debug,
    ]),
  };
}

async function scrape(): Promise<Awaited<ReturnType<Handler>>> {
  uptime.set(process.uptime());
  return { kind: 'text', status: 200, type: metricsContentType, body: await renderMetrics() };
}

function toDebugContext(plane: ControlPlane): Omit<DebugContext, 'watchedKinds'> {
  return {
    snapshot: () => plane.world.snapshot,
    streams: () => plane.xds.streams(),
    findProxy: (id) => plane.proxies.find(id),
    listObjects: () => listObjects(plane),
    clusters: () => plane.clusters?.list() ?? [],
    lastRound: () => plane.lastRound,
    cacheFacts: () => plane.views.cacheFacts(),
    pushAll: (reason) => plane.pushAll(reason),
  };
}

function listObjects({ world, views, fates }: ControlPlane): readonly DebugObject[] {
  const issues = Map.groupBy([...world.listIssues(), ...views.issues()], (issue) => issue.object ?? '');
  const findings = Map.groupBy(fates.findings(), ({ object }) => object);
  const notes = Map.groupBy(views.notes(), (note) => note.object);
  const quarantined = new Set(world.listQuarantined().map(([key]) => key));
  return [...fates.all()].map(([key, fate]) => {
    const report = world.findObject(key);
    const own = notes.get(key) ?? [];
    return {
      key,
      written: readWritten(key, report?.text ?? ''),
      place: report?.origin === undefined ? '' : toPlace(report.origin),
      fate: redact(fate),
      isQuarantined: quarantined.has(key),
      issues: [...(issues.get(key) ?? []), ...own, ...(findings.get(key) ?? [])].map(redact),
    };
  });
}
