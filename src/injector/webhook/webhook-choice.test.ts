import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { isJsonObject } from '../json.ts';
import { chooseWebhooks } from './webhook-choice.ts';

const MANIFEST = path.resolve(import.meta.dirname, '../../../deploy/manifests/70-webhooks.yaml');
const CONFIGURATIONS = loadAll(readFileSync(MANIFEST, 'utf8')).filter(isJsonObject);

describe('chooseWebhooks', () => {
  it.each([
    { namespace: {}, pod: {}, asks: undefined },
    { namespace: { 'istio-injection': 'enabled' }, pod: {}, asks: 'namespace' },
    { namespace: { 'istio-injection': 'enabled' }, pod: { 'sidecar.istio.io/inject': 'false' }, asks: undefined },
    { namespace: { 'istio-injection': 'enabled' }, pod: { 'sidecar.istio.io/inject': 'true' }, asks: 'namespace' },
    { namespace: { 'istio-injection': 'disabled' }, pod: { 'sidecar.istio.io/inject': 'true' }, asks: undefined },
    { namespace: { 'istio.io/rev': 'default' }, pod: {}, asks: 'rev.namespace' },
    { namespace: { 'istio.io/rev': 'canary' }, pod: {}, asks: undefined },
    { namespace: { 'istio.io/rev': 'default', 'istio-injection': 'disabled' }, pod: {}, asks: undefined },
    { namespace: { 'istio.io/rev': 'default', 'istio-injection': 'enabled' }, pod: {}, asks: 'namespace' },
    { namespace: {}, pod: { 'sidecar.istio.io/inject': 'true' }, asks: 'object' },
    { namespace: {}, pod: { 'istio.io/rev': 'default' }, asks: 'rev.object' },
    { namespace: {}, pod: { 'istio.io/rev': 'default', 'sidecar.istio.io/inject': 'false' }, asks: undefined },
    { namespace: {}, pod: { 'istio.io/rev': 'default', 'sidecar.istio.io/inject': 'true' }, asks: 'rev.object' },
    { namespace: {}, pod: { 'istio.io/rev': 'canary', 'sidecar.istio.io/inject': 'true' }, asks: undefined },
  ])('our manifest, namespace $namespace, pod $pod: $asks', ({ namespace, pod, asks }) => {
    const choices = chooseWebhooks(CONFIGURATIONS, namespace, pod);
    expect(choices).toEqual([
      {
        configuration: 'istio-sidecar-injector',
        revision: 'default',
        isAsked: asks !== undefined,
        because:
          asks === undefined ? expect.stringContaining('wanted') : `${asks}.sidecar-injector.istio.io selects it`,
      },
    ]);
  });

  it('says of every webhook which condition is not met', () => {
    const [choice] = chooseWebhooks(CONFIGURATIONS, { 'istio-injection': 'disabled' }, {});
    expect(choice?.because.split('; ')).toEqual([
      'rev.namespace: namespace label istio.io/rev is not there, wanted "default"',
      'rev.object: namespace label istio-injection is "disabled", wanted none',
      'namespace: namespace label istio-injection is "disabled", wanted "enabled"',
      'object: namespace label istio-injection is "disabled", wanted none',
    ]);
  });
});
