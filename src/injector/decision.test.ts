import { describe, expect, it } from 'vitest';
import { decideInjection, type DecisionReason } from './decision.ts';

const NONE = { policy: 'enabled', neverInjectSelector: [], alwaysInjectSelector: [] };
const BY_BUILD = [{ matchExpressions: [{ key: 'build', operator: 'Exists' as const }] }];

function pod(labels: Record<string, string> = {}, annotations: Record<string, string> = {}, spec = {}) {
  return { metadata: { name: 'p', namespace: 'shop', labels, annotations }, spec };
}

const LABEL = 'sidecar.istio.io/inject';

interface Row {
  readonly when: string;
  readonly pod: ReturnType<typeof pod>;
  readonly config?: Partial<Parameters<typeof decideInjection>[1]>;
  readonly inject: boolean;
  readonly reason: DecisionReason;
  readonly warnings?: number;
}

const rows: readonly Row[] = [
  { when: 'nothing is said', pod: pod(), inject: true, reason: 'policy' },
  { when: 'the policy wants to be asked', pod: pod(), config: { policy: 'disabled' }, inject: false, reason: 'policy' },
  {
    when: 'the policy is a typo',
    pod: pod({ [LABEL]: 'true' }),
    config: { policy: 'on' },
    inject: false,
    reason: 'unknown-policy',
  },
  {
    when: 'it is on the host network',
    pod: pod({ [LABEL]: 'true' }, {}, { hostNetwork: true }),
    inject: false,
    reason: 'host-network',
  },
  {
    when: 'it is of the cluster itself',
    pod: { ...pod(), metadata: { ...pod({ [LABEL]: 'true' }).metadata, namespace: 'kube-system' } },
    inject: false,
    reason: 'ignored-namespace',
  },
  {
    when: 'its label asks',
    pod: pod({ [LABEL]: 'true' }),
    config: { policy: 'disabled' },
    inject: true,
    reason: 'label',
  },
  { when: 'its label refuses', pod: pod({ [LABEL]: 'false' }), inject: false, reason: 'label' },
  { when: 'its annotation refuses', pod: pod({}, { [LABEL]: 'false' }), inject: false, reason: 'annotation' },
  {
    when: 'label and annotation differ',
    pod: pod({ [LABEL]: 'false' }, { [LABEL]: 'true' }),
    inject: false,
    reason: 'label',
  },
  { when: 'its label is in capitals', pod: pod({ [LABEL]: 'True' }), inject: true, reason: 'policy', warnings: 1 },
  { when: 'its label is empty', pod: pod({ [LABEL]: '' }, { [LABEL]: 'false' }), inject: true, reason: 'policy' },
  {
    when: 'a selector forbids',
    pod: pod({ build: 'x' }),
    config: { neverInjectSelector: BY_BUILD },
    inject: false,
    reason: 'never-selector',
  },
  {
    when: 'a selector demands',
    pod: pod({ build: 'x' }),
    config: { policy: 'disabled', alwaysInjectSelector: BY_BUILD },
    inject: true,
    reason: 'always-selector',
  },
  {
    when: 'one selector forbids and one demands',
    pod: pod({ build: 'x' }),
    config: { policy: 'disabled', neverInjectSelector: BY_BUILD, alwaysInjectSelector: BY_BUILD },
    inject: false,
    reason: 'never-selector',
  },
  { when: 'a selector is empty', pod: pod(), config: { neverInjectSelector: [{}] }, inject: true, reason: 'policy' },
  {
    when: 'its label asks against a selector',
    pod: pod({ [LABEL]: 'true', build: 'x' }),
    config: { neverInjectSelector: BY_BUILD },
    inject: true,
    reason: 'label',
  },
];

describe('decideInjection', () => {
  it.each(rows)('when $when', ({ pod: asked, config, inject, reason, warnings = 0 }) => {
    const decision = decideInjection(asked, { ...NONE, ...config });
    expect({ inject: decision.inject, reason: decision.reason, warnings: decision.warnings.length }).toEqual({
      inject,
      reason,
      warnings,
    });
  });

  it('goes by the namespace of the request where the pod has none', () => {
    expect(decideInjection({ metadata: {}, spec: {} }, NONE, 'kube-public')).toMatchObject({
      reason: 'ignored-namespace',
    });
  });
});
