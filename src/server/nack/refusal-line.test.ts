import { describe, expect, it } from 'vitest';
import { objectKey } from '../../model/object.ts';
import { toRefusalLine } from './refusal-line.ts';

const front = objectKey('Gateway', 'default', 'front');

describe('toRefusalLine', () => {
  it.each([
    {
      kind: 'surroundings',
      objects: [front],
      place: 'mesh/front.yaml:3:1',
      line: "mesh/front.yaml:3:1: ENVOY_REJECTED by this proxy's surroundings, others are served it: Gateway default/front",
    },
    {
      kind: 'contradicted',
      objects: [front],
      place: undefined,
      line: 'ENVOY_REJECTED by this proxy, while as many others accept the very same, and are served it: Gateway default/front',
    },
    {
      kind: 'surroundings',
      objects: [],
      place: 'mesh/front.yaml:3:1',
      line: "ENVOY_REJECTED by this proxy's surroundings, others are served it",
    },
  ] as const)('tells of $objects at $place: $kind', ({ kind, objects, place, line }) => {
    expect(toRefusalLine(kind, objects, () => place)).toBe(line);
  });
});
