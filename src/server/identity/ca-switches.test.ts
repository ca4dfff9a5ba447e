import { describe, expect, it } from 'vitest';
import { caSwitches, readCaSettings } from './ca-switches.ts';

const HOUR_MS = 3_600_000;

describe('readCaSettings', () => {
  it("has istiod's defaults", () => {
    expect(readCaSettings({})).toEqual({
      isEnabled: true,
      rootDir: './etc/cacerts',
      usesCacerts: false,
      rootTtlMs: 87_600 * HOUR_MS,
      rootKey: { type: 'rsa', bits: 2048 },
      checkEveryMs: HOUR_MS,
      gracePercent: 20,
      isFirstCheckRandom: true,
      defaultTtlMs: 24 * HOUR_MS,
      maxTtlMs: 2160 * HOUR_MS,
      audiences: ['istio-ca'],
      trustedAccounts: [],
      customHosts: [],
      isXdsAuthenticated: true,
      checksIdentity: true,
      problems: [],
    });
  });

  it('reads the defaults as it writes them', () => {
    const env = Object.fromEntries(Object.entries(caSwitches).map(([name, { absent }]) => [name, absent]));
    expect(readCaSettings(env)).toEqual(readCaSettings({}));
  });

  it('never takes tokens for anybody: a list of no audiences is none', () => {
    expect(readCaSettings({ TOKEN_AUDIENCES: ' , ' }).audiences).toEqual(['istio-ca']);
    expect(readCaSettings({ TOKEN_AUDIENCES: 'a, b' }).audiences).toEqual(['a', 'b']);
  });

  it('takes what is set, and says what makes no sense', () => {
    const settings = readCaSettings({
      PILOTHOUSE_CA_KEY: 'P-384',
      MAX_WORKLOAD_CERT_TTL: '48h',
      CA_TRUSTED_NODE_ACCOUNTS: 'istio-system/ztunnel, kube-system/agent',
      XDS_AUTH: 'false',
      DEFAULT_WORKLOAD_CERT_TTL: 'long',
    });
    expect(settings).toEqual({
      ...readCaSettings({}),
      rootKey: { type: 'ec', curve: 'P-384' },
      maxTtlMs: 48 * HOUR_MS,
      trustedAccounts: ['istio-system/ztunnel', 'kube-system/agent'],
      isXdsAuthenticated: false,
      problems: ['DEFAULT_WORKLOAD_CERT_TTL is "long", expected a duration such as 100ms: its default holds, 24h'],
    });
  });
});
