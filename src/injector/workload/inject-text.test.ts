import { describe, expect, it } from 'vitest';
import { load } from 'js-yaml';
import { type JsonObject, objectAt } from '../json.ts';
import { injectText, type PodInjector } from './inject-text.ts';

const mark: PodInjector = ({ pod, workload }) => ({
  ...pod,
  metadata: { ...objectAt(pod, 'metadata'), annotations: { of: `${workload.kind}/${workload.name}` } },
  spec: { ...objectAt(pod, 'spec'), marked: true },
});

function inject(object: object): unknown {
  return load(injectText(JSON.stringify(object), mark).text.replace(/---\n$/, ''));
}

const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a' }] } };
const marked = (of: string): JsonObject => ({
  metadata: { labels: { app: 'a' }, annotations: { of } },
  spec: { containers: [{ name: 'a' }], marked: true },
});

describe('injectText', () => {
  it.each(['Deployment', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'StatefulSet', 'Job', 'DeploymentConfig'])(
    'injects the pods of a %s',
    (kind) => {
      const object = { apiVersion: 'x/v1', kind, metadata: { name: 'a' }, spec: { replicas: 2, template } };
      expect(inject(object)).toEqual({ ...object, spec: { replicas: 2, template: marked(`${kind}/a`) } });
    },
  );

  it('injects a Pod, and names it by its owner', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        labels: { app: 'a', 'pod-template-hash': '1' },
        generateName: 'a-1-',
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'a-1', controller: true }],
      },
      spec: template.spec,
    };
    expect(inject(pod)).toMatchObject({ metadata: { annotations: { of: 'Deployment/a' } }, spec: { marked: true } });
  });

  it('reads and writes the metadata of the Jobs of a CronJob', () => {
    const object = {
      kind: 'CronJob',
      metadata: { name: 'a' },
      spec: { schedule: '* * * * *', jobTemplate: { metadata: template.metadata, spec: { template } } },
    };
    const { metadata, spec } = marked('CronJob/a');
    expect(inject(object)).toEqual({
      ...object,
      spec: { schedule: '* * * * *', jobTemplate: { metadata, spec: { template: { ...template, spec } } } },
    });
  });

  it('goes into lists', () => {
    const item = { kind: 'Deployment', metadata: { name: 'a' }, spec: { template } };
    const service = { kind: 'Service', metadata: { name: 's' } };
    const list = { kind: 'List', items: [service, { kind: 'List', items: [item] }] };
    const injected = { ...item, spec: { template: marked('Deployment/a') } };
    expect(inject(list)).toEqual({ kind: 'List', items: [service, { kind: 'List', items: [injected] }] });
  });

  it('leaves other documents as they are, and ends each with a separator', () => {
    const text =
      '# first\nkind: Service\nmetadata:   {name: a}\n--- # next\n\n---\nkind: "ConfigMap"\ndata: {a: "---"}';
    expect(injectText(text, mark)).toEqual({
      text: '# first\nkind: Service\nmetadata:   {name: a}\n---\nkind: "ConfigMap"\ndata: {a: "---"}\n---\n',
      remarks: [],
    });
  });

  it('tells which pods it leaves alone, and why', () => {
    const text = 'kind: Deployment\nmetadata: {name: a,  namespace: shop}\n';
    expect(injectText(text, () => 'has host networking enabled')).toEqual({
      text: `${text}---\n`,
      remarks: ['===> Skipping injection because Deployment "shop/a" has host networking enabled'],
    });
  });

  it('names the document that cannot be read', () => {
    expect(() => injectText('kind: Service\n---\na: [\n', mark)).toThrow(/^document 2 cannot be read: line \d+: /);
  });
});
