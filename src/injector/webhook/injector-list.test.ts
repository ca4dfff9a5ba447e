import { expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { listHookRows, listNamespaceRows } from './injector-list.ts';

const namespace = (name: string, labels: JsonObject = {}): JsonObject => ({ metadata: { name, labels } });
const hook = (name: string, revision: string, expression: JsonObject): JsonObject => ({
  metadata: { name, labels: { 'istio.io/rev': revision } },
  webhooks: [
    {
      name: 'namespace.sidecar-injector.istio.io',
      namespaceSelector: { matchExpressions: [expression] },
    },
    // Pods may ask for it, whatever their namespace.
    { name: 'object.sidecar-injector.istio.io' },
  ],
});
const pod = (home: string, revision?: string, labels: JsonObject = {}): JsonObject => ({
  metadata: {
    namespace: home,
    labels,
    ...(revision !== undefined && { annotations: { 'sidecar.istio.io/status': JSON.stringify({ revision }) } }),
  },
});

const VIEW = {
  istioNamespace: 'istio-system',
  namespaces: [
    namespace('shop', { 'istio-injection': 'enabled' }),
    namespace('plain'),
    namespace('canary', { 'istio.io/rev': 'canary' }),
    namespace('lost', { 'istio.io/rev': 'gone' }),
    namespace('empty', { 'istio-injection': 'enabled' }),
    namespace('istio-system'),
    namespace('kube-system', { 'istio-injection': 'enabled' }),
    namespace('ambient', { 'istio.io/dataplane-mode': 'ambient' }),
  ],
  configurations: [
    hook('istio-sidecar-injector', 'default', { key: 'istio-injection', operator: 'In', values: ['enabled'] }),
    hook('istio-sidecar-injector-other', 'other', { key: 'istio.io/rev', operator: 'In', values: ['other'] }),
    hook('istio-sidecar-injector-canary', 'canary', { key: 'istio.io/rev', operator: 'In', values: ['canary'] }),
    { metadata: { name: 'others' }, webhooks: [{ name: 'x.example.com' }] },
  ],
  pods: [
    pod('shop', 'default'),
    pod('shop', 'default'),
    pod('shop', 'canary'),
    pod('shop', undefined, { 'sidecar.istio.io/inject': 'false' }),
    pod('shop'),
    pod('plain'),
    pod('kube-system'),
  ],
  images: new Map([['default', 'pilothouse/proxy:0.1.0']]),
};

it('lists namespaces with the revision of new pods, and of the pods that run', () => {
  expect(listNamespaceRows(VIEW)).toEqual([
    ['canary', 'canary', '<no pods>'],
    ['empty', 'default', '<no pods>'],
    ['lost', 'MISSING/gone', '<no pods>'],
    ['plain', '', '<non-Istio>: 1'],
    ['shop', 'default', '<non-Istio>: 2 (injection disabled: 1) NEEDS RESTART: 1'],
    ['shop', 'default', 'canary: 1 NEEDS RESTART: 1'],
    ['shop', 'default', 'default: 2'],
  ]);
});

it('lists the configurations, and whom each injects', () => {
  expect(listHookRows(VIEW)).toEqual([
    ['empty', 'istio-sidecar-injector', 'default', 'pilothouse/proxy:0.1.0'],
    ['shop', 'istio-sidecar-injector', 'default', 'pilothouse/proxy:0.1.0'],
    ['canary', 'istio-sidecar-injector-canary', 'canary', ''],
    ['DOES NOT AUTOINJECT', 'istio-sidecar-injector-other', 'other', ''],
  ]);
});
