import { describe, expect, it } from 'vitest';
import { readIssues, readValue } from '../../../test/support/issues.ts';

const object = (spec: string, version = 'v1') => `
apiVersion: security.istio.io/${version}
kind: PeerAuthentication
metadata: {name: one, namespace: apps}
spec: ${spec}`;

const meta = expect.objectContaining({ kind: 'PeerAuthentication', name: 'one', namespace: 'apps' });

describe('PeerAuthentication', () => {
  it.each([
    { spec: '{}', value: { ports: [] } },
    { spec: '{mtls: {}}', value: { ports: [] } },
    { spec: '{mtls: {mode: UNSET}}', value: { ports: [] } },
    { spec: '{mtls: {mode: STRICT}}', value: { mode: 'strict', ports: [] } },
    { spec: '{mtls: {mode: PERMISSIVE}}', value: { mode: 'permissive', ports: [] } },
    { spec: '{mtls: {mode: DISABLE}, selector: {matchLabels: {}}}', value: { mode: 'disable', ports: [] } },
    {
      spec: '{selector: {matchLabels: {app: a}}, portLevelMtls: {9000: {mode: DISABLE}, 80: {}, "443": {mode: STRICT}}}',
      value: {
        selector: { app: 'a' },
        ports: [
          [80, 'inherit'],
          [443, 'strict'],
          [9000, 'disable'],
        ],
      },
    },
  ])('reads $spec', ({ spec, value }) => {
    expect(readValue(object(spec))).toEqual({ meta, ...value });
  });

  it('is read in its older version', () => {
    expect(readValue(object('{mtls: {mode: STRICT}}', 'v1beta1'))).toEqual({ meta, mode: 'strict', ports: [] });
  });

  it.each([
    {
      when: 'the selector is empty',
      spec: '{selector: {}, mtls: {mode: STRICT}}',
      issues: ['5:18 warning SELECTOR_EMPTY spec.selector has no labels, so it picks every workload of the namespace'],
    },
    {
      when: 'a label is none',
      spec: '{selector: {matchLabels: {"a*": b}}}',
      issues: ['5:33 error LABEL_INVALID "a*" is no key of a label'],
    },
    {
      when: 'a mode is unknown',
      spec: '{mtls: {mode: strict}}',
      issues: [
        '5:21 error ENUM_UNKNOWN spec.mtls.mode is "strict", expected UNSET, DISABLE, PERMISSIVE or STRICT; did you mean STRICT?',
      ],
    },
    {
      when: 'ports are those of no workload',
      spec: '{portLevelMtls: {80: {mode: STRICT}}}',
      issues: [
        '5:8 error PA_PORTS_WITHOUT_SELECTOR spec.portLevelMtls needs a selector with labels: ports are those of a workload',
      ],
    },
    {
      when: 'there are no ports',
      spec: '{selector: {matchLabels: {app: a}}, portLevelMtls: {}}',
      issues: ['5:43 error POLICY_EMPTY spec.portLevelMtls has no ports'],
    },
    {
      when: 'ports are no ports',
      spec: '{selector: {matchLabels: {app: a}}, portLevelMtls: {0: {}, 65536: {}, http: {}, 65535: {}}}',
      issues: [
        '5:59 error VALUE_RANGE "0" is no port, expected a number from 1 to 65535',
        '5:66 error VALUE_RANGE "65536" is no port, expected a number from 1 to 65535',
        '5:77 error VALUE_RANGE "http" is no port, expected a number from 1 to 65535',
      ],
    },
  ])('tells issues when $when', ({ spec, issues }) => {
    expect(readIssues(object(spec))).toEqual(issues);
  });
});
