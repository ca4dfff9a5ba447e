import { describe, expect, it } from 'vitest';
import { readIssues, readValue } from '../../../test/support/issues.ts';

const object = (spec: string) => `
apiVersion: networking.istio.io/v1beta1
kind: ProxyConfig
metadata: {name: one, namespace: apps}
spec: ${spec}`;

describe('ProxyConfig', () => {
  it.each([
    { spec: '{}', value: { environment: {} } },
    {
      spec: '{selector: {matchLabels: {app: a}}, concurrency: 0, environmentVariables: {A: "1"}, image: {imageType: debug}}',
      value: { selector: { app: 'a' }, concurrency: 0, environment: { A: '1' }, imageType: 'debug' },
    },
    { spec: '{selector: {}}', value: { selector: {}, environment: {} } },
  ])('reads $spec', ({ spec, value }) => {
    expect(readValue(object(spec))).toEqual({ meta: expect.objectContaining({ kind: 'ProxyConfig' }), ...value });
  });

  it.each([
    {
      when: 'the selector is empty',
      spec: '{selector: {matchLabels: {}}}',
      issues: ['5:18 warning PC_SELECTOR_EMPTY spec.selector has no labels, so it picks no workload'],
    },
    {
      when: 'there are less than no threads',
      spec: '{concurrency: -1}',
      issues: ['5:21 error VALUE_RANGE spec.concurrency is -1, expected a number of at least 0'],
    },
  ])('tells issues when $when', ({ spec, issues }) => {
    expect(readIssues(object(spec))).toEqual(issues);
  });
});
