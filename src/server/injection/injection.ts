import { inject, type InjectionSetting, isPod } from '../../injector/inject.ts';
import type { JsonObject } from '../../injector/json.ts';
import { textAt } from '../../injector/json.ts';
import { createLog } from '../../kit/log.ts';
import type { Reply } from '../http/router.ts';
import { type AdmissionRequest, parseReview, toReview } from '../validation/admission-review.ts';
import type { WebhookHandler, WebhookRequest } from '../webhooks/webhook-port.ts';
import { type InjectionPath, parseInjectionPath } from './injection-path.ts';
import * as metrics from './metrics.ts';

/** What a pod is injected by, as things are now. */
export type SettingOf = (
  pod: JsonObject,
  namespace: string,
) => Omit<InjectionSetting, 'namespace' | 'proxyVariables'> & Partial<Pick<InjectionSetting, 'namespace'>>;

/** What is told of a pod. */
interface Verdict {
  readonly allowed: boolean;
  /** Why not. */
  readonly message?: string;
  readonly patch?: readonly object[];
  readonly warnings?: readonly string[];
}

const log = createLog('injection');

/**
 * Answers API servers that ask what is to be added to a pod; mounted at `/inject` and everything below. Never throws: what fails is refused, as a
 * pod without its sidecar could do what the mesh forbids, but what needs nothing passes whatever it looks like.
 * @see istio pkg/kube/inject/webhook.go `serveInject`
 */
export function createInjection(settingOf: SettingOf): WebhookHandler {
  return (request) => {
    const startedMs = performance.now();
    metrics.requests.add(1);
    try {
      return answer(request, settingOf);
    } finally {
      metrics.duration.observe((performance.now() - startedMs) / 1000);
    }
  };
}

function answer({ path, contentType, body }: WebhookRequest, settingOf: SettingOf): Reply {
  if (body === '') return fail(400, 'no body found');
  if (contentType !== 'application/json') return fail(415, 'invalid Content-Type, want `application/json`');
  const request = parseReview(body);
  if (typeof request === 'string') return fail(400, request);
  const where = parseInjectionPath(path);
  for (const warning of where.warnings) log.warn({ event: 'injection.path', path }, warning);
  const { patch, ...verdict } = judge(request, where, settingOf);
  (verdict.allowed ? metrics.successes : metrics.failures).add(1);
  if (verdict.allowed && patch === undefined) metrics.skips.add(1);
  return { kind: 'json', value: withPatch(toReview(request, verdict), patch) };
}

function fail(status: number, why: string): Reply {
  metrics.failures.add(1);
  return { kind: 'text', status, body: `${why}\n` };
}

/** Whatever is no new pod was not meant: it passes. */
function judge(request: AdmissionRequest, where: InjectionPath, settingOf: SettingOf): Verdict {
  const { object: pod, resource, subresource, namespace } = request;
  if (resource.resource !== 'pods' || subresource !== '' || !isPod(pod)) return { allowed: true };
  const named = { namespace, pod: textAt(pod, 'metadata', 'name') || textAt(pod, 'metadata', 'generateName') };
  try {
    const setting = { namespace: { name: namespace }, ...settingOf(pod, namespace), proxyVariables: where.environment };
    const result = inject(pod, setting);
    const { warnings } = result.decision;
    if (result.kind === 'injected')
      return { allowed: true, patch: result.patch, warnings: [...warnings, ...listDnsWarnings(pod)] };
    if (result.kind === 'skipped') return { allowed: true, warnings };
    const { code, message } = result.fault;
    log.warn({ event: 'injection.refused', ...named, code }, `a pod was refused: ${message}`);
    return { allowed: false, message };
  } catch (err) {
    log.error({ event: 'injection.defect', ...named, err }, 'a pod could not be injected, and was refused');
    return { allowed: false, message: 'the sidecar injector failed; its log says how' };
  }
}

/** Proxies look their control plane up by a name of the cluster. */
function listDnsWarnings(pod: JsonObject): readonly string[] {
  const policy = textAt(pod, 'spec', 'dnsPolicy');
  if (policy === '' || policy === 'ClusterFirst') return [];
  return [`dnsPolicy is "${policy}", not "ClusterFirst": the proxy may not find its control plane`];
}

/** An empty patch is none: API servers take a pod as it is. */
function withPatch(review: object, patch: readonly object[] | undefined): object {
  if (patch === undefined || patch.length === 0 || !('response' in review)) return review;
  const encoded = Buffer.from(JSON.stringify(patch)).toString('base64');
  return { ...review, response: { ...Object(review.response), patchType: 'JSONPatch', patch: encoded } };
}
