import { expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { checkInjection } from './check-injection.ts';

const CONFIGURATION: JsonObject = {
  metadata: { name: 'istio-sidecar-injector', labels: { 'istio.io/rev': 'default' } },
  webhooks: [
    {
      name: 'namespace.sidecar-injector.istio.io',
      namespaceSelector: { matchLabels: { 'istio-injection': 'enabled' } },
    },
  ],
};
const CONFIG = { policy: 'enabled', neverInjectSelector: [{ matchLabels: { app: 'db' } }], alwaysInjectSelector: [] };

function check(pod: JsonObject, namespaceLabels: Readonly<Record<string, string>> = { 'istio-injection': 'enabled' }) {
  return checkInjection({ pod, namespace: 'shop', namespaceLabels }, [CONFIGURATION], () => CONFIG).map(
    ({ isInjected, reason, rules }) => ({ isInjected, reason, rules: rules.map(({ says }) => says).join(' ') }),
  );
}

it.each([
  { when: 'nothing is said', pod: {}, isInjected: true, rules: '- - - - - - inject' },
  { when: 'it has the network of its node', pod: { spec: { hostNetwork: true } }, rules: 'leave - - - - - -' },
  {
    when: 'its label says no',
    pod: { metadata: { labels: { 'sidecar.istio.io/inject': 'false' } } },
    rules: '- - leave - - - -',
  },
  {
    when: 'its annotation says yes, against a selector',
    pod: { metadata: { labels: { app: 'db' }, annotations: { 'sidecar.istio.io/inject': 'true' } } },
    isInjected: true,
    rules: '- - - inject - - -',
  },
  { when: 'a selector forbids it', pod: { metadata: { labels: { app: 'db' } } }, rules: '- - - - leave - -' },
])('says which rule decides when $when', ({ pod, isInjected = false, rules }) => {
  const reason = expect.stringMatching(/^namespace\.sidecar-injector\.istio\.io selects it; /);
  expect(check(pod)).toEqual([{ isInjected, reason, rules }]);
});

it('says what the webhook misses when nobody is asked, and what would have been decided', () => {
  const reason = 'namespace: namespace label istio-injection is not there, wanted "enabled"';
  expect(check({}, {})).toEqual([{ isInjected: false, reason, rules: '- - - - - - inject' }]);
});
