import { describe, expect, it } from 'vitest';
import { readProxyConfig } from './read-proxy-config.ts';

describe('readProxyConfig', () => {
  it.each([undefined, null, 'text', 7, { concurrency: 'many' }])('gives nothing for %j', (sent) => {
    expect(readProxyConfig(sent)).toBeUndefined();
  });

  it('reads what a proxy sends, fields of other versions aside', () => {
    expect(
      readProxyConfig({ statusPort: 15020, fieldOfTheFuture: 1, proxyHeaders: { attemptCount: { disabled: true } } }),
    ).toMatchObject({
      statusPort: 15020,
      proxyHeaders: { attemptCountDisabled: true, requestIdDisabled: false },
    });
  });

  it('gives equal configurations one value', () => {
    expect(readProxyConfig({ statusPort: 1 })).toBe(readProxyConfig({ statusPort: 1 }));
  });
});
