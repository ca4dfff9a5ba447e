import { describe, expect, it } from 'vitest';
import { canBeNative, NodeAges } from './native-sidecars.ts';

const mixed = new Map([
  ['old', 'v1.32.9'],
  ['new', 'v1.33.0-eks-1'],
]);

function toAges(versions: ReadonlyMap<string, string>): NodeAges {
  const ages = new NodeAges();
  for (const [node, version] of versions) ages.note(node, version);
  return ages;
}

describe('canBeNative', () => {
  it.each([
    { when: 'somebody says so', wish: 'true', nodes: mixed, expected: true },
    { when: 'somebody says no', wish: 'false', nodes: new Map(), expected: false },
    { when: 'there is no cluster', nodes: undefined, expected: false },
    { when: 'there are no nodes', nodes: new Map(), expected: true },
    { when: 'one node is too old', nodes: mixed, expected: false },
    { when: 'its own node is recent', nodes: mixed, node: 'new', expected: true },
    { when: 'its own node is too old', nodes: mixed, node: 'old', expected: false },
    { when: 'its own node is not known', nodes: mixed, node: 'other', expected: false },
    {
      when: 'all nodes are recent',
      nodes: new Map([
        ['a', 'v1.33.2'],
        ['b', '2.0'],
      ]),
      expected: true,
    },
    { when: 'a version says nothing', nodes: new Map([['a', 'unknown']]), expected: false },
  ] as const)('is $expected when $when', ({ expected, nodes, ...row }) => {
    const wish = 'wish' in row ? row.wish : 'auto';
    expect(canBeNative(wish, 'node' in row ? row.node : '', nodes && toAges(nodes))).toBe(expected);
  });

  it('forgets nodes that are gone, and what they were before they were brought up to date', () => {
    const nodes = toAges(mixed);
    nodes.note('old', 'v1.33.1');
    expect(canBeNative('auto', 'old', nodes)).toBe(true);
    nodes.note('old', 'v1.30.0');
    nodes.note('old', undefined);
    expect(canBeNative('auto', '', nodes)).toBe(true);
  });
});
