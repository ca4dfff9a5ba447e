import { describe, expect, it } from 'vitest';
import { listTimeouts, startMemoryWorld, timedRule } from '../../../test/support/world.ts';

describe('changes', () => {
  const POD = (ip: string, account = 'a') =>
    `{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: default, labels: {app: a}}, spec: {serviceAccountName: ${account}}, status: {podIP: ${ip}}}\n---\n`;
  const SERVICE = (spec = '') =>
    `{apiVersion: v1, kind: Service, metadata: {name: a, namespace: default}, spec: {selector: {app: a}, ${spec} ports: [{name: http, port: 80}]}}\n---\n`;

  it.each([
    {
      when: 'an endpoint moves',
      before: SERVICE() + POD('10.0.0.1'),
      after: SERVICE() + POD('10.0.0.2'),
      kind: 'endpoints',
    },
    { when: 'the last endpoint goes', before: SERVICE() + POD('10.0.0.1'), after: SERVICE(), kind: 'endpoints' },
    {
      when: 'the first endpoint comes, with an identity',
      before: SERVICE(),
      after: SERVICE() + POD('10.0.0.1'),
      kind: 'config',
    },
    {
      when: 'an endpoint has another identity',
      before: SERVICE() + POD('10.0.0.1'),
      after: SERVICE() + POD('10.0.0.1', 'b'),
      kind: 'config',
    },
    {
      when: 'an endpoint of a headless service moves',
      before: SERVICE('clusterIP: None,') + POD('10.0.0.1'),
      after: SERVICE('clusterIP: None,') + POD('10.0.0.2'),
      kind: 'config',
    },
    {
      when: 'a service changes with its endpoints',
      before: SERVICE() + POD('10.0.0.1'),
      after: SERVICE('clusterIP: 10.9.9.9,') + POD('10.0.0.2'),
      kind: 'config',
    },
  ])('are of kind $kind when $when', async ({ before, after, kind }) => {
    const mesh = await startMemoryWorld({ a: before });
    expect((await mesh.write({ a: after })).kind).toBe(kind);
  });

  it('of one turn are told as one', async () => {
    const mesh = await startMemoryWorld({});
    mesh.source.write({ a: timedRule('a', '1s') });
    mesh.source.write({ a: timedRule('a', '2s') });
    mesh.source.write({ b: timedRule('b', '3s') });
    const { objects, reason } = await mesh.next('all three');
    expect([objects.length, reason, listTimeouts(mesh)]).toEqual([2, 'a changed, and 2 more', [2000, 3000]]);
  });

  it('leave every other part of the snapshot the identical value', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', '1s'), s: SERVICE() + POD('10.0.0.1') });
    const before = mesh.world.snapshot;
    const { parts, previous, snapshot } = await mesh.write({ a: timedRule('a', '2s') });
    expect(previous).toBe(before);
    expect(
      Object.keys(before).filter(
        (part) => part !== 'sequence' && !Object.is(before[part as never], snapshot[part as never]),
      ),
    ).toEqual([...parts]);
  });

  it('of a file move issues with their text, without telling them again', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', 'soon') });
    const [before] = mesh.world.listIssues();
    const { issues } = await mesh.write({ a: timedRule('b', '1s') + timedRule('a', 'soon') });
    const [after] = mesh.world.listIssues();
    expect(issues).toEqual([]);
    const line = before?.origin?.kind === 'file' ? before.origin.line : 0;
    expect(after).toEqual({ ...before, origin: { ...before?.origin, line: line + 6 } });
  });
});
