import { describe, expect, it } from 'vitest';
import { readPodField, toEnvironment } from './pod-fields.ts';
import type { PodObject } from './pod-object.ts';

const pod: PodObject = {
  metadata: { name: 'reviews-1', namespace: 'shop', labels: { app: 'reviews', version: 'v"1' } },
  spec: { serviceAccountName: 'reviewer', containers: [] },
  status: { podIP: '10.244.0.2' },
};

describe('a field of a pod', () => {
  it.each([
    ['metadata.name', 'reviews-1'],
    ['metadata.labels', 'app="reviews"\nversion="v\\"1"\n'],
    ["metadata.labels['app']", 'reviews'],
    ["metadata.annotations['none']", ''],
    ['spec.serviceAccountName', 'reviewer'],
    ['status.podIP', '10.244.0.2'],
  ])('%s is %j', (path, text) => {
    expect(readPodField(pod, path)).toBe(text);
  });

  it('that a node does not know is an error', () => {
    expect(() => readPodField(pod, 'spec.hostname')).toThrow('this node knows no field spec.hostname');
  });
});

describe('the environment of a container', () => {
  it('is made of values, fields and limits, in their order', () => {
    const env = [
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'URL', value: 'http://$(IP)/$(UNKNOWN)' },
      { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
    ];
    expect(toEnvironment(pod, { name: 'app', image: 'echo', env })).toEqual({
      IP: '10.244.0.2',
      URL: 'http://10.244.0.2/$(UNKNOWN)',
      CPU: '1',
    });
  });
});
