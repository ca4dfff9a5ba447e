import { describe, expect, it } from 'vitest';
import { readProxyConfig, readWrittenProxyConfig } from './read-proxy-config.ts';

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

describe('readWrittenProxyConfig', () => {
  it.each([
    { text: 'concurrency: 2\nproxy_metadata: {A: "1"}', written: { concurrency: 2, proxyMetadata: { A: '1' } } },
    { text: '', written: undefined },
    { text: 'concurrency: [', written: undefined },
    { text: 'concurrency: many', written: undefined },
  ])('reads $text', ({ text, written }) => {
    expect(readWrittenProxyConfig(text)).toEqual(written);
    expect(readWrittenProxyConfig(text)).toBe(readWrittenProxyConfig(text));
  });
});
