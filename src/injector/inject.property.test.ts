import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPatch } from './patch/testing.ts';
import { inject } from './inject.ts';
import { parseInjectionConfig } from './injection-config.ts';
import type { JsonObject } from './json.ts';
import { ANNOTATION, LABEL } from './names.ts';
import { parseInjectionValues } from './values.ts';

const NAMES = ['hello', 'istio-proxy', 'istio-init', 'istio-validation', 'enable-core-dump'];
const junk = fc.jsonValue({ maxDepth: 2 });
/** Mostly what belongs there, now and then what does not. */
const or = (arbitrary: fc.Arbitrary<unknown>) => fc.oneof({ weight: 8, arbitrary }, { weight: 1, arbitrary: junk });

const word = fc.stringMatching(/^[a-z]{1,6}$/);
const port = fc.record(
  { containerPort: or(fc.nat(65535)), name: or(fc.constantFrom('web', 'x')) },
  { requiredKeys: [] },
);
const action = fc.record({ path: or(fc.string()), port: or(fc.oneof(fc.nat(65535), fc.constantFrom('web', 'none'))) });
const probe = fc.record(
  { httpGet: or(action), tcpSocket: or(action), grpc: or(action), exec: junk },
  { requiredKeys: [] },
);
const container = fc.record(
  {
    name: or(fc.constantFrom(...NAMES)),
    image: or(fc.constantFrom('auto', 'x')),
    ports: or(fc.array(port, { maxLength: 2 })),
    env: or(fc.array(fc.record({ name: fc.string(), value: fc.string() }), { maxLength: 2 })),
    livenessProbe: or(probe),
    lifecycle: or(fc.record({ preStop: or(probe) })),
    securityContext: or(fc.record({ runAsUser: or(fc.nat()) })),
    resources: or(fc.record({ limits: or(fc.dictionary(fc.constantFrom('cpu', 'memory'), fc.string())) })),
  },
  { requiredKeys: ['name'] },
);
const annotations = fc.dictionary(
  fc.constantFrom(...Object.values(ANNOTATION)),
  fc.oneof(
    fc.constantFrom(
      'true',
      '1',
      '{}',
      '[]',
      'NONE',
      'TPROXY',
      'sidecar',
      'gateway',
      'grpc-agent',
      '{"a":{"b":1}}',
      '{"containers":[{"name":"istio-proxy"}]}',
    ),
    fc.string(),
  ),
  { maxKeys: 3 },
);
const pod = fc.record(
  {
    metadata: or(
      fc.record(
        {
          name: word,
          labels: or(fc.dictionary(fc.constantFrom(...Object.values(LABEL), 'app'), word)),
          annotations: or(annotations),
        },
        { requiredKeys: [] },
      ),
    ),
    spec: or(
      fc.record(
        {
          containers: or(fc.uniqueArray(container, { maxLength: 3, selector: ({ name }) => JSON.stringify(name) })),
          initContainers: or(fc.uniqueArray(container, { maxLength: 3, selector: ({ name }) => JSON.stringify(name) })),
          volumes: junk,
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
);

const config = parseInjectionConfig('policy: enabled');
const setting = fc.record({
  namespace: fc.constant({ name: 'shop' }),
  config: fc.constant(config),
  values: fc.constantFrom(
    parseInjectionValues(''),
    parseInjectionValues('{pilot: {cni: {enabled: true, provider: multus}}}'),
  ),
  mesh: fc.constantFrom<JsonObject>(
    {},
    { defaultConfig: { interceptionMode: 'TPROXY', holdApplicationUntilProxyStarts: true } },
  ),
  revision: fc.constantFrom('', 'canary'),
  nativeSidecars: fc.boolean(),
  isOpenShift: fc.boolean(),
});

describe('inject, whatever a pod looks like', () => {
  it('answers, does not change the pod in place, and its patch leads to the pod that it tells of', () => {
    fc.assert(
      fc.property(pod, setting, (asked, settings) => {
        const received: JsonObject = JSON.parse(JSON.stringify(asked));
        const before = JSON.stringify(received);
        const result = inject(received, settings);
        expect(JSON.stringify(received)).toBe(before);
        if (result.kind !== 'injected') return;
        expect(applyPatch(received, result.patch)).toEqual(JSON.parse(JSON.stringify(result.pod)));
      }),
      { numRuns: 400 },
    );
  });
});
