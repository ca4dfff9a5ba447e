import { changeContainer, findInPod, mapContainers } from '../containers.ts';
import { findText, isJsonObject, type Json, type JsonObject, listAt, objectAt, textAt, valueAt } from '../json.ts';
import { sortFields } from '../mesh-settings.ts';
import { ANNOTATION, CONTAINER } from '../names.ts';
import { parseBoolean } from '../parse-boolean.ts';
import { HOOKS, toAppProbers } from './app-probers.ts';

const VARIABLE = 'ISTIO_KUBE_APP_PROBERS';

/**
 * Sends the kubelet's probes to the agent, which asks the application: the kubelet has no certificate of the mesh, and its probes would end at
 * the proxy. Commands are left alone, as they run in the container.
 *
 * @see istio pkg/kube/inject/webhook.go `applyRewrite`; pkg/kube/inject/app_probe.go
 */
export function rewriteProbes(pod: JsonObject, values: JsonObject, mesh: JsonObject): JsonObject {
  if (findInPod(pod, CONTAINER.proxy) === undefined || !isWanted(pod, values)) return pod;
  const agentPort = Number(valueAt(mesh, 'defaultConfig', 'statusPort') ?? 15_020);
  const probers = toAppProbers(pod, agentPort);
  const told = Object.keys(probers).length > 0 ? tell(pod, probers) : pod;
  const annotated = findText(pod, 'metadata', 'annotations', ANNOTATION.statusPort);
  const port = annotated === undefined ? agentPort : Number(annotated);
  return mapContainers(told, (container) =>
    textAt(container, 'name') === CONTAINER.proxy ? container : redirectHooks(container, port),
  );
}

function isWanted(pod: JsonObject, values: JsonObject): boolean {
  const annotated = findText(pod, 'metadata', 'annotations', ANNOTATION.rewriteProbes);
  const chosen = annotated === undefined ? undefined : parseBoolean(annotated);
  return chosen ?? valueAt(values, 'sidecarInjectorWebhook', 'rewriteAppHTTPProbe') === true;
}

/** What an earlier injection told stays: the pod's own probes are its rewritten ones by now. */
function tell(pod: JsonObject, probers: JsonObject): JsonObject {
  const wasInjected = findText(pod, 'metadata', 'annotations', ANNOTATION.status) !== undefined;
  return changeContainer(pod, CONTAINER.proxy, (proxy) => {
    const env = listAt(proxy, 'env');
    const before = wasInjected ? env.find(({ name }) => name === VARIABLE) : undefined;
    const told = { name: VARIABLE, value: print({ ...probers, ...parseProbers(textAt(before, 'value')) }) };
    return { ...proxy, env: before ? env.map((one) => (one === before ? told : one)) : [...env, told] };
  });
}

function parseProbers(text: string): JsonObject {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function print(probers: JsonObject): string {
  // What stands in a shell's or a page's way is escaped, as Go does.
  return JSON.stringify(sortFields(probers)).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function redirectHooks(container: JsonObject, port: number): JsonObject {
  let result = container;
  for (const { path, url } of HOOKS) {
    const hook = objectAt(container, ...path);
    const redirected = redirect(hook, url(textAt(container, 'name')), port, path[0] === 'lifecycle');
    if (redirected === undefined) continue;
    const [outer, inner] = path;
    result = {
      ...result,
      [outer]: inner === undefined ? redirected : { ...objectAt(result, outer), [inner]: redirected },
    };
  }
  return result;
}

/** A hook that asks the agent; `undefined` where it is a command, or nothing. */
function redirect(hook: JsonObject, path: string, port: number, isLifecycle: boolean): JsonObject | undefined {
  const { httpGet, tcpSocket, grpc, ...rest } = hook;
  if (isJsonObject(httpGet)) {
    const scheme: Json | undefined = httpGet.scheme === 'HTTPS' ? 'HTTP' : httpGet.scheme;
    return { ...hook, httpGet: { ...httpGet, path, port, ...(scheme !== undefined && { scheme }) } };
  }
  if (isJsonObject(tcpSocket) || (!isLifecycle && isJsonObject(grpc))) return { ...rest, httpGet: { path, port } };
  return undefined;
}
