import { describe, expect, it } from 'vitest';
import { findProxyIds } from './proxy-ids.ts';

const RANGE = 'openshift.io/sa.scc.uid-range';
const GROUPS = 'openshift.io/sa.scc.supplemental-groups';

describe('findProxyIds', () => {
  it.each([
    { annotations: {}, ids: { uid: 1337, gid: 1337 } },
    { annotations: { [RANGE]: '1000860000/10000' }, ids: { uid: 1000869999, gid: 1000869999 } },
    { annotations: { [RANGE]: '100-200', [GROUPS]: '300/10,400/10' }, ids: { uid: 200, gid: 309 } },
    { annotations: { [RANGE]: 'soon', [GROUPS]: '300/10,soon' }, ids: { uid: 1337, gid: 1337 } },
  ])('$ids from $annotations', ({ annotations, ids }) => {
    expect(findProxyIds(annotations)).toEqual(ids);
  });
});
