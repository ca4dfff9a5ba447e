import { describe, expect, it } from 'vitest';
import { isLoopback, mayHoldSecrets } from './secret-trust.ts';

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1:4000', true],
    ['127.0.2.9:4000', true],
    ['[::1]:4000', true],
    ['[::ffff:127.0.0.1]:4000', true],
    ['::1:4000', true],
    ['unix:/run/x.sock', true],
    ['127.0.0.6:4000', false],
    ['[::ffff:127.0.0.6]:4000', false],
    ['10.0.0.1:4000', false],
    ['[::ffff:10.0.0.1]:4000', false],
    ['', false],
  ])('%s: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });
});

describe('mayHoldSecrets', () => {
  it('trusts a proved identity over TLS from anywhere, and nothing else from elsewhere', () => {
    const peerAddress = '10.0.0.1:4000';
    const identities = ['spiffe://cluster.local/ns/a/sa/b'];
    expect([
      mayHoldSecrets({ transport: 'tls', peerAddress, identities }),
      mayHoldSecrets({ transport: 'tls', peerAddress }),
      mayHoldSecrets({ transport: 'plaintext', peerAddress, identities }),
    ]).toEqual([true, false, false]);
  });
});
