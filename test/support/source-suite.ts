import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SOURCES, startWorld, type WatchedWorld, type WritableSource } from './world.ts';

const rule = (name: string, weight = 1, rest = '') => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: default${rest}}
spec:
  hosts: [${name}]
  http: [{route: [{destination: {host: ${name}}, weight: ${weight}}]}]
---
`;

const SERVICE = `
apiVersion: v1
kind: Service
metadata: {name: echo, namespace: default}
spec: {selector: {app: echo}, ports: [{name: http, port: 80}]}
---
`;

const entry = (address: string) => `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: vm, namespace: default}
spec: {address: ${address}, labels: {app: echo}}
---
`;

const BROKEN = rule('a').replace('weight: 1', 'weight: heavy');

/** What sources differ in. */
export interface SourceFacts {
  /** Several places may declare one object, and text may be broken: an API server has neither. */
  readonly isText: boolean;
}

/** How every source of objects behaves, whatever the objects come from. */
export function describeSource(name: string, create: () => Promise<WritableSource>, { isText }: SourceFacts): void {
  describe(`objects from ${name}`, () => suite(create, isText));
}

function suite(create: () => Promise<WritableSource>, isText: boolean): void {
  /** What only files can come to is no test of a server that takes objects one by one. */
  const ofText = (name: string, run: () => Promise<void>) => {
    if (isText) it(name, run);
  };
  let writable: WritableSource;
  let watched: WatchedWorld;
  const open: WatchedWorld[] = [];

  beforeEach(async () => {
    writable = await create();
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map(({ world }) => world.stop()));
    await writable.dispose();
  });

  const start = async (files: Readonly<Record<string, string>> = {}) => {
    await writable.write(files);
    watched = await startWorld([writable.source]);
    open.push(watched);
    return watched.world;
  };

  const rules = () => watched.world.snapshot.virtualServices.map((vs) => [vs.meta.name, weightOf(vs)]);
  const weightOf = (vs: (typeof watched.world.snapshot.virtualServices)[number]) => {
    const action = vs.http[0]?.action;
    return action?.kind === 'route' ? action.destinations[0].weight : undefined;
  };
  const issues = () => watched.world.listIssues().map(({ code, severity, object }) => ({ code, severity, object }));

  it('are all there once the world has started', async () => {
    await start({ 'a.yaml': rule('a') + rule('b'), 'deep/er/c.yaml': rule('c') });
    expect(rules()).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
  });

  it('are none when nothing is written', async () => {
    const world = await start();
    expect([rules(), world.listIssues(), world.isReady]).toEqual([[], [], true]);
  });

  it('come when they are added', async () => {
    await start({ 'a.yaml': rule('a') });
    await writable.write({ 'b.yaml': rule('b') });
    const { objects, parts, kind: change } = await watched.next('b to be added');
    expect({ objects, parts, change }).toEqual({
      objects: [{ key: 'VirtualService/default/b', kind: 'VirtualService', change: 'added' }],
      parts: new Set(['virtualServices']),
      change: 'config',
    });
    expect(rules()).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  // An API server says when each was created.
  ofText('are as old as it is that they were first seen, unless they say when they were created', async () => {
    await start({ 'm.yaml': rule('m'), 'n.yaml': rule('n') });
    const names = () => rules().map(([ruleName]) => ruleName);
    await writable.write({ 'z.yaml': rule('z') });
    await watched.next('z to be added');
    await writable.write({ 'a.yaml': rule('a') });
    await watched.next('a to be added');
    expect(names()).toEqual(['m', 'n', 'z', 'a']);
    await writable.write({ 'z.yaml': rule('z', 2) });
    await watched.next('z to change');
    expect(names()).toEqual(['m', 'n', 'z', 'a']);
    await writable.write({ 'y.yaml': rule('y', 1, ', creationTimestamp: "2020-01-01T00:00:00Z"') });
    await watched.next('y to be added');
    expect(names()).toEqual(['m', 'n', 'y', 'z', 'a']);
    await writable.remove('z.yaml');
    await watched.next('z to go');
    await writable.write({ 'z.yaml': rule('z') });
    await watched.next('z to come again');
    expect(names()).toEqual(['m', 'n', 'y', 'a', 'z']);
  });

  it('change when they are updated, and leave the others as they were', async () => {
    const world = await start({ 'a.yaml': rule('a'), 'b.yaml': rule('b') });
    const [, before] = world.snapshot.virtualServices;
    await writable.write({ 'a.yaml': rule('a', 7) });
    const { objects } = await watched.next('a to be updated');
    expect(objects).toEqual([{ key: 'VirtualService/default/a', kind: 'VirtualService', change: 'updated' }]);
    expect(rules()).toEqual([
      ['a', 7],
      ['b', 1],
    ]);
    expect(world.snapshot.virtualServices[1]).toBe(before);
  });

  it('go when their file goes', async () => {
    await start({ 'a.yaml': rule('a'), 'b.yaml': rule('b') });
    await writable.remove('a.yaml');
    const { objects } = await watched.next('a to be removed');
    expect(objects).toEqual([{ key: 'VirtualService/default/a', kind: 'VirtualService', change: 'removed' }]);
    expect(rules()).toEqual([['b', 1]]);
  });

  it('go when they are taken out of a file that stays', async () => {
    await start({ 'a.yaml': rule('a') + rule('b') });
    await writable.write({ 'a.yaml': rule('b') });
    await watched.next('a to be removed', ({ objects }) => objects.length > 0);
    expect(rules()).toEqual([['b', 1]]);
  });

  it('stay the identical values when only their text changes', async () => {
    const world = await start({ 'a.yaml': rule('a') });
    const before = world.snapshot;
    await writable.write({ 'a.yaml': `# a comment\n${rule('a')}`, 'b.yaml': rule('b') });
    await watched.next('b to be added', ({ objects }) => objects.length > 0);
    expect(world.snapshot.virtualServices[0]).toBe(before.virtualServices[0]);
    expect(watched.changes.flatMap(({ objects }) => objects.map(({ key }) => key))).not.toContain(
      'VirtualService/default/a',
    );
  });

  it('keep the last good version while a new one has errors, and take the next good one', async () => {
    const world = await start({ 'a.yaml': rule('a') });
    await writable.write({ 'a.yaml': BROKEN });
    const change = await watched.next('the error');
    expect([change.kind, change.objects, change.issues.map(({ code }) => code)]).toEqual([
      'report',
      [],
      ['FIELD_TYPE'],
    ]);
    expect(rules()).toEqual([['a', 1]]);
    expect(world.fates().get('VirtualService/default/a' as never)?.kind).toBe('rejected');
    await writable.write({ 'a.yaml': rule('a', 9) });
    await watched.next('the next good version', ({ objects }) => objects.length > 0);
    expect([rules(), issues()]).toEqual([[['a', 9]], []]);
  });

  it('are absent when their first version has errors', async () => {
    await start({ 'a.yaml': BROKEN + rule('b') });
    expect(rules()).toEqual([['b', 1]]);
    expect(issues()).toEqual([{ code: 'FIELD_TYPE', severity: 'error', object: 'VirtualService/default/a' }]);
  });

  ofText('keep all of a file while a part of it cannot be read at all', async () => {
    await start({ 'a.yaml': rule('a') + rule('b') });
    await writable.write({ 'a.yaml': `${rule('a', 5)}\nkind: [VirtualService\n` });
    await watched.next('the change of a', ({ objects }) => objects.length > 0);
    expect(rules()).toEqual([
      ['a', 5],
      ['b', 1],
    ]);
    expect(issues()).toEqual([{ code: 'YAML_SYNTAX', severity: 'error', object: undefined }]);
  });

  const misnamed = (code: string, from: string, to: string, object?: string) => ({ code, from, to, object });
  for (const { code, from, to, object } of [
    misnamed('KIND_UNKNOWN', 'kind: VirtualService', 'kind: VirtualServce'),
    misnamed('VERSION_UNKNOWN', 'io/v1', 'io/v11'),
    misnamed('NAME_INVALID', 'name: a, ', '', 'VirtualService/default/'),
    misnamed('NAME_INVALID', 'name: a', 'name: A_', 'VirtualService/default/A_'),
    misnamed('NAMESPACE_INVALID', 'namespace: default', 'namespace: A_', 'VirtualService/A_/a'),
  ]) {
    ofText(`keep what a document declared that says "${to}" now, until its file names all or goes`, async () => {
      const world = await start({ 'a.yaml': rule('a') + rule('b') });
      const before = world.snapshot.virtualServices;
      const half = rule('a', 5).replace(from, to);
      await writable.write({ 'a.yaml': half + rule('b') });
      const { kind: change, objects } = await watched.next('the error');
      expect([change, objects, issues()]).toEqual(['report', [], [{ code, severity: 'error', object }]]);
      expect(world.snapshot.virtualServices).toEqual(before);
      await writable.write({ 'a.yaml': half });
      await watched.next('b, which stood beside the error, to go', (told) => told.objects.length > 0);
      expect(rules()).toEqual([['a', 1]]);
      await writable.write({ 'a.yaml': rule('c') });
      await watched.next('the file to name all', (told) => told.objects.length > 0);
      expect([rules(), issues()]).toEqual([[['c', 1]], []]);
      await writable.write({ 'a.yaml': rule('c').replace(from, to).replace('name: c', 'name: C_') });
      await watched.next('the error again');
      expect(rules()).toEqual([['c', 1]]);
      await writable.remove('a.yaml');
      await watched.next('the file to go', (told) => told.objects.length > 0);
      expect([rules(), issues()]).toEqual([[], []]);
    });
  }

  ofText('keep the last good version when the text after it has errors, and the next no kind', async () => {
    await start({ 'a.yaml': rule('a') });
    await writable.write({ 'a.yaml': BROKEN });
    await watched.next('the error');
    await writable.write({ 'a.yaml': BROKEN.replace('VirtualService', 'VirtualServce') });
    await watched.next('the other error');
    expect(rules()).toEqual([['a', 1]]);
    expect(issues()).toEqual([{ code: 'KIND_UNKNOWN', severity: 'error', object: undefined }]);
  });

  ofText('count once: the first by place wins, and the other is told with both places', async () => {
    const world = await start({ 'a.yaml': rule('x', 1), 'b.yaml': rule('other') + rule('x', 2) });
    expect(rules()).toEqual([
      ['other', 1],
      ['x', 1],
    ]);
    const [issue, ...others] = world.listIssues();
    expect([issue?.code, issue?.severity, others]).toEqual(['DUPLICATE_OBJECT', 'error', []]);
    expect(issue?.message).toContain(`${writable.nameOf('a.yaml')}:`);
    expect(issue?.message).toContain(`${writable.nameOf('b.yaml')}:`);
  });

  ofText('are taken over by their duplicate when the winner goes', async () => {
    const world = await start({ 'a.yaml': rule('x', 1), 'b.yaml': rule('x', 2) });
    await writable.remove('a.yaml');
    const { objects } = await watched.next('the duplicate to take over');
    expect(objects).toEqual([{ key: 'VirtualService/default/x', kind: 'VirtualService', change: 'updated' }]);
    expect([rules(), world.listIssues()]).toEqual([[['x', 2]], []]);
  });

  it('are told in the order in which they were written', async () => {
    await start();
    for (const weight of [1, 2, 3]) {
      await writable.write({ 'a.yaml': rule('a', weight) });
      await watched.next(`weight ${weight}`, () => rules()[0]?.[1] === weight);
    }
    const [first, ...others] = watched.changes;
    expect(first?.objects).toEqual([{ key: 'VirtualService/default/a', kind: 'VirtualService', change: 'added' }]);
    expect(others.map(({ snapshot }) => snapshot.sequence)).toEqual(
      [2, 3].map((n) => n + (first?.snapshot.sequence ?? 0) - 1),
    );
  });

  it('are put in the default namespace when they name none', async () => {
    const world = await start({ 'a.yaml': rule('a').replace(', namespace: default', '') });
    expect(world.snapshot.virtualServices.map(({ meta }) => meta.namespace)).toEqual(['default']);
  });

  it('make endpoint changes that EDS alone can carry', async () => {
    const world = await start({ 'service.yaml': SERVICE, 'vm.yaml': entry('10.0.0.1') });
    await writable.write({ 'vm.yaml': entry('10.0.0.2') });
    const { kind: change, parts, endpointsOf, workloads } = await watched.next('the address to change');
    expect({ change, parts, endpointsOf, workloads }).toEqual({
      change: 'endpoints',
      parts: new Set(['endpoints', 'workloads']),
      endpointsOf: [{ hostname: 'echo.default.svc.cluster.local', namespace: 'default' }],
      workloads: ['WorkloadEntry/default/vm'],
    });
    const endpoints = world.snapshot.endpoints.of('echo.default.svc.cluster.local', 'default');
    expect(endpoints.map(({ address }) => address)).toEqual(['10.0.0.2']);
  });

  it('are no more told after a stop', async () => {
    const world = await start({ 'a.yaml': rule('a') });
    await world.stop();
    await writable.write({ 'b.yaml': rule('b') });
    const other = await startWorld([(await SOURCES.memory?.())?.source ?? writable.source]);
    open.push(other);
    expect([watched.changes, rules()]).toEqual([[], [['a', 1]]]);
  });
}
