import { describe, expect, it } from 'vitest';
import { readObject } from '../../../test/support/objects.ts';
import { findCanonicalService, nameWorkload } from './workload-name.ts';

describe('nameWorkload', () => {
  it.each([
    { when: 'nobody owns it', labels: {}, owner: undefined, name: 'echo-5f6-x2k' },
    {
      when: 'a Deployment made it through a ReplicaSet',
      labels: { 'pod-template-hash': '5f6' },
      owner: { kind: 'ReplicaSet', name: 'echo-5f6' },
      name: 'echo',
    },
    {
      when: 'a Rollout made it',
      labels: { 'rollouts-pod-template-hash': '5f6' },
      owner: { kind: 'ReplicaSet', name: 'echo-5f6' },
      name: 'echo',
    },
    {
      when: 'its ReplicaSet is signed otherwise',
      labels: { 'pod-template-hash': '777' },
      owner: { kind: 'ReplicaSet', name: 'echo-5f6' },
      name: 'echo-5f6',
    },
    {
      when: 'a bare ReplicaSet owns it',
      labels: {},
      owner: { kind: 'ReplicaSet', name: 'echo-5f6' },
      name: 'echo-5f6',
    },
    {
      when: 'a DeploymentConfig made it',
      labels: { deploymentconfig: 'echo' },
      owner: { kind: 'ReplicationController', name: 'echo-1' },
      name: 'echo',
    },
    { when: 'a CronJob made it', labels: {}, owner: { kind: 'Job', name: 'nightly-28012345' }, name: 'nightly' },
    { when: 'a Job made it', labels: {}, owner: { kind: 'Job', name: 'migrate-2' }, name: 'migrate-2' },
    { when: 'a StatefulSet made it', labels: {}, owner: { kind: 'StatefulSet', name: 'db' }, name: 'db' },
    {
      when: 'a label says it',
      labels: { 'service.istio.io/workload-name': 'mine' },
      owner: { kind: 'StatefulSet', name: 'db' },
      name: 'mine',
    },
  ])('is $name when $when', ({ labels, owner, name }) => {
    const pod = readObject('Pod', '{apiVersion: v1, kind: Pod, metadata: {name: echo-5f6-x2k, namespace: default}}');
    expect(nameWorkload({ ...pod, meta: { ...pod.meta, labels }, ...(owner && { owner }) })).toBe(name);
  });
});

describe('findCanonicalService', () => {
  it.each([
    { when: 'no label says', labels: {}, name: 'echo', revision: 'latest' },
    { when: 'app and version say', labels: { app: 'a', version: 'v1' }, name: 'a', revision: 'v1' },
    {
      when: "Kubernetes' labels say",
      labels: { app: 'a', version: 'v1', 'app.kubernetes.io/name': 'b', 'app.kubernetes.io/version': 'v2' },
      name: 'b',
      revision: 'v2',
    },
    {
      when: "the mesh's own labels say",
      labels: {
        'app.kubernetes.io/name': 'b',
        'app.kubernetes.io/version': 'v2',
        'service.istio.io/canonical-name': 'c',
        'service.istio.io/canonical-revision': 'v3',
      },
      name: 'c',
      revision: 'v3',
    },
  ])('is $name $revision when $when', ({ labels, name, revision }) => {
    expect(findCanonicalService(labels, 'echo')).toEqual({ name, revision });
  });
});
