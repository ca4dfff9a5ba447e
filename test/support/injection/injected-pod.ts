import { inject, type InjectionResult, type InjectionSetting } from '../../../src/injector/inject.ts';
import { parseInjectionConfig } from '../../../src/injector/injection-config.ts';
import type { JsonObject } from '../../../src/injector/json.ts';
import { listAt, objectAt, textAt, textsAt } from '../../../src/injector/json.ts';
import { parseInjectionValues } from '../../../src/injector/values.ts';

/** What a test says of the surroundings; the rest is as in a fresh installation, whose image is `hub/proxyv2:tag`. */
export interface Surroundings extends Partial<Omit<InjectionSetting, 'config' | 'values'>> {
  readonly config?: JsonObject;
  readonly values?: JsonObject;
}

/** Injects a pod into a fresh installation in which some things are otherwise. */
export function injectInto(pod: JsonObject, surroundings: Surroundings = {}): InjectionResult {
  const { config, values, ...rest } = surroundings;
  const global = { hub: 'hub', tag: 'tag', ...objectAt(values, 'global') };
  return inject(pod, {
    namespace: { name: 'shop' },
    config: parseInjectionConfig(JSON.stringify({ policy: 'enabled', ...config })),
    values: parseInjectionValues(JSON.stringify({ ...values, global })),
    mesh: {},
    revision: '',
    nativeSidecars: false,
    ...rest,
  });
}

/** The injected pod; fails where it was not injected. */
export function injected(pod: JsonObject, surroundings: Surroundings = {}): JsonObject {
  const result = injectInto(pod, surroundings);
  if (result.kind === 'injected') return result.pod;
  throw new Error(result.kind === 'refused' ? result.fault.message : result.decision.explanation);
}

/** A pod of a Deployment, as the API server asks about one. */
export function deployedPod(metadata: JsonObject = {}, spec: JsonObject = {}): JsonObject {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'hello-5d', controller: true, uid: 'u' };
  const labels = { app: 'hello', 'pod-template-hash': '5d', ...textsAt(metadata, 'labels') };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'hello-5d-', namespace: 'shop', ownerReferences: [owner], ...metadata, labels },
    spec: { containers: [{ name: 'hello', image: 'hello:1', ports: [{ name: 'web', containerPort: 8080 }] }], ...spec },
  };
}

/** A container of a pod by its name, wherever it is; an empty one where there is none. */
export function container(pod: JsonObject, name: string): JsonObject {
  const all = [...listAt(pod, 'spec', 'initContainers'), ...listAt(pod, 'spec', 'containers')];
  return all.find((one) => textAt(one, 'name') === name) ?? {};
}

/** Variables of the proxy, those with a plain value. */
export function proxyVariables(pod: JsonObject): Readonly<Record<string, string>> {
  const env = listAt(container(pod, 'istio-proxy'), 'env');
  return Object.fromEntries(env.map((one) => [textAt(one, 'name'), textAt(one, 'value')]));
}

/** The value after an option among a container's arguments. */
export function argumentOf(pod: JsonObject, name: string, option: string): string | undefined {
  const { args } = container(pod, name);
  const list: readonly unknown[] = Array.isArray(args) ? args : [];
  const place = list.indexOf(option);
  return place < 0 ? undefined : String(list[place + 1]);
}

/** Names in one of a pod's lists. */
export function namesOf(pod: JsonObject, list: 'containers' | 'initContainers' | 'volumes'): readonly string[] {
  return listAt(pod, 'spec', list).map((one) => textAt(one, 'name'));
}

/** Annotations of a pod. */
export function annotationsOf(pod: JsonObject): Readonly<Record<string, string>> {
  return textsAt(pod, 'metadata', 'annotations');
}
