import { describe, expect, it } from 'vitest';
import { findPodName, findWorkload } from './owner.ts';

function owned(kind: string, name: string, labels: Record<string, string> = {}, apiVersion = 'apps/v1') {
  const ownerReferences = [
    { apiVersion: 'v1', kind: 'Node', name: 'n' },
    { apiVersion, kind, name, controller: true },
  ];
  return { metadata: { generateName: `${name}-`, namespace: 'shop', labels, ownerReferences } };
}

describe('findWorkload', () => {
  it.each([
    {
      when: 'a Deployment',
      pod: owned('ReplicaSet', 'web-5d', { 'pod-template-hash': '5d' }),
      workload: ['apps/v1', 'Deployment', 'web'],
    },
    { when: 'a ReplicaSet alone', pod: owned('ReplicaSet', 'web-5d'), workload: ['apps/v1', 'ReplicaSet', 'web-5d'] },
    {
      when: 'a Rollout',
      pod: owned('ReplicaSet', 'web-5d', { 'rollouts-pod-template-hash': '5d' }),
      workload: ['v1alpha1', 'Rollout', 'web'],
    },
    { when: 'a DaemonSet', pod: owned('DaemonSet', 'agent'), workload: ['apps/v1', 'DaemonSet', 'agent'] },
    {
      when: 'a CronJob',
      pod: owned('Job', 'backup-27800000', {}, 'batch/v1'),
      workload: ['batch/v1', 'CronJob', 'backup'],
    },
    { when: 'a Job', pod: owned('Job', 'backup-7', {}, 'batch/v1'), workload: ['batch/v1', 'Job', 'backup-7'] },
    {
      when: 'a DeploymentConfig',
      pod: owned('ReplicationController', 'web-1', { deploymentconfig: 'web' }, 'v1'),
      workload: ['v1', 'DeploymentConfig', 'web'],
    },
    { when: 'nothing', pod: { metadata: { name: 'p', namespace: 'shop' } }, workload: ['v1', 'Pod', 'p'] },
    {
      when: 'a name of its own',
      pod: { metadata: { ...owned('DaemonSet', 'agent').metadata, generateName: '', name: 'p' } },
      workload: ['v1', 'Pod', 'p'],
    },
  ])('finds $when', ({ pod, workload: [apiVersion, kind, name] }) => {
    expect(findWorkload(pod)).toEqual({ apiVersion, kind, name, namespace: 'shop' });
  });
});

describe('findPodName', () => {
  it.each([
    { pod: { metadata: { name: 'p' } }, name: 'p' },
    { pod: { metadata: { generateName: 'web-' } }, name: 'web-*****' },
    { pod: {}, name: '' },
  ])('is $name', ({ pod, name }) => {
    expect(findPodName(pod)).toBe(name);
  });
});
