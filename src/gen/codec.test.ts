import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from './codec.ts';

describe('encodeMessage', () => {
  it('comes back from decodeMessage as it went in', () => {
    const message = { name: 'a', type: 'EDS', connect_timeout: { seconds: 10 } } as const;
    expect(decodeMessage('envoy.config.cluster.v3.Cluster', encodeMessage('envoy.config.cluster.v3.Cluster', message))).toEqual(message);
  });
});
