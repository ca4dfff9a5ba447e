import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress, toAddressJson } from './address.ts';

describe('parseAddress', () => {
  it.each([
    { text: '127.0.0.1:15010', address: { kind: 'tcp', host: '127.0.0.1', port: 15010 } },
    { text: 'istiod.istio-system.svc:15010', address: { kind: 'tcp', host: 'istiod.istio-system.svc', port: 15010 } },
    { text: '[::1]:15010', address: { kind: 'tcp', host: '::1', port: 15010 } },
    { text: 'unix:///run/xds', address: { kind: 'pipe', path: '/run/xds' } },
  ])('reads $text', ({ text, address }) => {
    expect(parseAddress(text)).toEqual(address);
    expect(parseAddress(text, 'unused')).toEqual(address);
  });

  it.each(['15010', ':15010'])('takes the default host for %s', (text) => {
    expect(parseAddress(text, '127.0.0.1')).toEqual({ kind: 'tcp', host: '127.0.0.1', port: 15010 });
    expect(parseAddress(text)).toBeUndefined();
  });

  it.each(['', 'host', 'host:', 'host:0', 'host:65536', '::1:15010', '[host]:1', 'a:b:1', 'unix://'])(
    'refuses "%s"',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});

describe('formatAddress', () => {
  it.each(['127.0.0.1:1', '[::1]:1', 'host:1', 'unix:///run/xds'])('gives back %s', (text) => {
    const address = parseAddress(text);
    expect(address && formatAddress(address)).toBe(text);
  });
});

describe('toAddressJson', () => {
  it('names a socket or a pipe', () => {
    expect(toAddressJson({ kind: 'tcp', host: '::1', port: 1 })).toEqual({
      socket_address: { address: '::1', port_value: 1 },
    });
    expect(toAddressJson({ kind: 'pipe', path: '/run/xds' })).toEqual({ pipe: { path: '/run/xds' } });
  });
});
