import { beforeAll, describe, expect, it } from 'vitest';
import { parseInjectionConfig } from '../../injector/injection-config.ts';
import { isJsonObject, type JsonObject, textAt, valueAt } from '../../injector/json.ts';
import { parseInjectionValues } from '../../injector/values.ts';
import { configureLogs } from '../../kit/log.ts';
import { createInjection } from './injection.ts';
import * as metrics from './metrics.ts';

beforeAll(() => configureLogs({ levels: new Map([['injection', 'none']]) }));

const CONFIG = parseInjectionConfig('policy: enabled');
const VALUES = parseInjectionValues('');

const injection = createInjection(() => ({
  config: CONFIG,
  values: VALUES,
  mesh: {},
  revision: '',
  nativeSidecars: false,
}));

const POD: JsonObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'web-', labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'web:1' }] },
};

const withMetadata = (metadata: JsonObject): JsonObject => ({ ...POD, metadata: { name: 'web', ...metadata } });
const withLabel = (value: string) => withMetadata({ labels: { 'sidecar.istio.io/inject': value } });

interface Asked {
  readonly pod?: unknown;
  readonly namespace?: string;
  readonly path?: string;
  readonly apiVersion?: string;
  readonly request?: object;
}

function toBody({ pod = POD, namespace = 'shop', apiVersion = 'admission.k8s.io/v1', request = {} }: Asked): string {
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const asked = { uid: 'u1', operation: 'CREATE', namespace, resource, object: pod, ...request };
  return JSON.stringify({ apiVersion, kind: 'AdmissionReview', request: asked });
}

/** The answer, its patch decoded. */
async function ask(asked: Asked) {
  const { path = '/inject' } = asked;
  const reply = await injection({ path, contentType: 'application/json', body: toBody(asked) });
  const review = reply.kind === 'json' ? reply.value : undefined;
  const response = isJsonObject(review) ? valueAt(review, 'response') : undefined;
  const patch = textAt(response, 'patch');
  return {
    apiVersion: isJsonObject(review) ? textAt(review, 'apiVersion') : '',
    uid: textAt(response, 'uid'),
    allowed: valueAt(response, 'allowed'),
    patchType: textAt(response, 'patchType'),
    patch: patch === '' ? '' : Buffer.from(patch, 'base64').toString(),
    message: textAt(response, 'status', 'message'),
    warnings: valueAt(response, 'warnings'),
  };
}

const PASSED = { apiVersion: 'admission.k8s.io/v1', uid: 'u1', allowed: true, patchType: '', patch: '', message: '' };

describe('the injecting webhook', () => {
  it.each(['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'])(
    'answers %s with a patch in the same',
    async (apiVersion) => {
      expect(await ask({ apiVersion })).toEqual({
        ...PASSED,
        apiVersion,
        patchType: 'JSONPatch',
        patch: expect.stringContaining('"name":"istio-proxy"'),
        warnings: undefined,
      });
    },
  );

  it.each([
    { when: 'a pod has the network of its node', pod: { ...POD, spec: { hostNetwork: true } } },
    { when: 'a pod says no', pod: withLabel('false') },
    { when: 'its namespace is never injected', pod: withLabel('true'), namespace: 'kube-system' },
    {
      when: 'the label says no, though the annotation says yes',
      pod: withMetadata({
        labels: { 'sidecar.istio.io/inject': 'false' },
        annotations: { 'sidecar.istio.io/inject': 'true' },
      }),
    },
    {
      when: 'it is no pod',
      pod: { kind: 'Service' },
      request: { resource: { group: '', version: 'v1', resource: 'services' } },
    },
    { when: 'it is a part of a pod', request: { subResource: 'ephemeralcontainers' } },
    { when: 'it is no object', pod: 'pod' },
    { when: 'it has no spec', pod: { metadata: {} } },
    { when: 'there is nothing', request: { object: undefined } },
  ])('lets everything pass when $when, and counts it', async ({ when: _, ...asked }) => {
    const before = [await metrics.requests.read(), await metrics.skips.read(), await metrics.successes.read()];
    expect(await ask(asked)).toEqual({ ...PASSED, warnings: undefined });
    const after = [await metrics.requests.read(), await metrics.skips.read(), await metrics.successes.read()];
    expect(after).toEqual(before.map((count) => count + 1));
  });

  it('injects a pod whose label nobody understands, and says so', async () => {
    const { allowed, patchType, warnings } = await ask({ pod: withLabel('True') });
    expect({ allowed, patchType, warnings }).toEqual({
      allowed: true,
      patchType: 'JSONPatch',
      warnings: [expect.stringContaining('"True", neither "true" nor "false"')],
    });
  });

  it('injects a pod that asks others for names, and says what may come of it', async () => {
    const spec = { dnsPolicy: 'Default', containers: [{ name: 'web', image: 'web:1' }] };
    const { allowed, patchType, warnings } = await ask({ pod: { ...POD, spec } });
    expect({ allowed, patchType, warnings }).toEqual({
      allowed: true,
      patchType: 'JSONPatch',
      warnings: ['dnsPolicy is "Default", not "ClusterFirst": the proxy may not find its control plane'],
    });
  });

  it.each([
    {
      what: 'a template that is not there',
      annotation: ['inject.istio.io/templates', 'none'],
      says: /"none" not found; have .*sidecar/,
    },
    {
      what: 'a mode that is none',
      annotation: ['sidecar.istio.io/interceptionMode', 'X'],
      says: /^invalid value 'X' for annotation/,
    },
    {
      what: 'text that is more than a value',
      annotation: ['sidecar.istio.io/logLevel', 'a"\nx: "'],
      says: /^invalid value/,
    },
    { what: 'a port of the proxy as its own', annotation: ['prometheus.io/port', '15090'], says: /15090/ },
  ])('refuses a pod that asks for $what', async ({ annotation: [name = '', value = ''], says }) => {
    const before = await metrics.failures.read();
    const { allowed, patch, message } = await ask({ pod: withMetadata({ annotations: { [name]: value } }) });
    expect({ allowed, patch, message }).toEqual({ allowed: false, patch: '', message: expect.stringMatching(says) });
    expect(await metrics.failures.read()).toBe(before + 1);
  });

  it('takes the cluster and the network of its path', async () => {
    const { patch } = await ask({ path: '/inject/cluster/c1/net/n1' });
    expect(patch).toContain('{"name":"ISTIO_META_CLUSTER_ID","value":"c1"},{"name":"ISTIO_META_NETWORK","value":"n1"}');
    expect(patch).toMatch(
      /"\/metadata\/labels\/topology\.istio\.io~1network","value":"n1"|"topology.istio.io\/network":"n1"/,
    );
  });

  it('refuses what it cannot do, and goes on', async () => {
    const failing = createInjection(() => {
      throw new Error('a defect');
    });
    const reply = await failing({ path: '/inject', contentType: 'application/json', body: toBody({}) });
    expect(reply).toMatchObject({
      kind: 'json',
      value: { response: { uid: 'u1', allowed: false, status: { message: expect.stringContaining('failed') } } },
    });
  });

  it.each([
    { what: 'no body', body: '', contentType: 'application/json', status: 400 },
    { what: 'another type', body: toBody({}), contentType: 'application/json; charset=utf-8', status: 415 },
    { what: 'no JSON', body: '{', contentType: 'application/json', status: 400 },
    { what: 'another kind', body: '{"kind":"Pod"}', contentType: 'application/json', status: 400 },
  ])('answers a request with $what by $status', async ({ body, contentType, status }) => {
    expect(await injection({ path: '/inject', contentType, body })).toMatchObject({ kind: 'text', status });
  });
});
