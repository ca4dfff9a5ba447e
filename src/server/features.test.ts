import { describe, expect, it } from 'vitest';
import { DEFAULT_FEATURES } from '../model/mesh-features.ts';
import { featureSwitches, readFeatures } from './features.ts';

describe('readFeatures', () => {
  it.each([
    { env: {}, mesh: {} },
    {
      env: { PILOT_HTTP10: '1', PILOT_SCOPE_GATEWAY_TO_NAMESPACE: 'TRUE' },
      mesh: { http10: true, scopeGatewaysToNamespace: true },
    },
    { env: { COMPLIANCE_POLICY: 'fips-140-2' }, mesh: { compliance: 'fips-140-2' } },
    { env: { COMPLIANCE_POLICY: 'pqc' }, mesh: { compliance: 'pqc' } },
    { env: { PILOT_SKIP_VALIDATE_TRUST_DOMAIN: 'true' }, mesh: { checksTrustDomain: false } },
    { env: { PILOT_SIDECAR_USE_REMOTE_ADDRESS: 't' }, mesh: { sidecarUsesRemoteAddress: true } },
    { env: { PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES: 'true' }, mesh: { edsForHeadless: true } },
    { env: { PILOT_SEND_UNHEALTHY_ENDPOINTS: 'true' }, mesh: { sendUnhealthy: 'always' } },
    { env: { PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS: 'false' }, mesh: { sendUnhealthy: 'never' } },
    { env: { PILOT_ENABLE_ABSOLUTE_FQDN_VHOST_DOMAIN: '0' }, mesh: { absoluteDomains: false } },
    { env: { ENABLE_LOCALITY_WEIGHTED_LB_CONFIG: 'true' }, mesh: { localityWeighted: true } },
    { env: { PILOT_ENABLE_HEADLESS_FILTER_CHAIN_LISTENER: 'true' }, mesh: { headlessChains: true } },
    { env: { PILOT_ENABLE_MONGO_FILTER: 'F' }, mesh: { mongoFilter: false } },
    { env: { DISABLE_SHADOW_HOST_SUFFIX: 'false' }, mesh: { shadowHostSuffix: true } },
    { env: { MAX_CONNECTIONS_PER_SOCKET_EVENT_LOOP: '0' }, mesh: { acceptsPerEvent: 0 } },
    { env: { PILOT_GATEWAY_TRANSPORT_SOCKET_CONNECT_TIMEOUT: '1m0.5s' }, mesh: { transportConnectTimeoutMs: 60_500 } },
  ])('reads $env', ({ env, mesh }) => {
    const expected = { features: { mesh: { ...DEFAULT_FEATURES, ...mesh } }, problems: [], idle: [] };
    expect(readFeatures(env)).toEqual(expected);
  });

  it('reads how long changes are gathered', () => {
    const { features } = readFeatures({ PILOT_DEBOUNCE_AFTER: '50ms', PILOT_DEBOUNCE_MAX: '2s' });
    expect(features).toMatchObject({ debounceAfterMs: 50, debounceMaxMs: 2000 });
  });

  it('reads how large a request may be', () => {
    expect(readFeatures({ ISTIO_GPRC_MAXRECVMSGSIZE: '1048576' }).features).toMatchObject({ maxRequestBytes: 1048576 });
    expect(readFeatures({ ISTIO_GPRC_MAXRECVMSGSIZE: '0' }).problems).toEqual([
      'ISTIO_GPRC_MAXRECVMSGSIZE is "0", expected a whole number of bytes, 1 or more: its default holds, 4194304',
    ]);
  });

  it('keeps the default where a value makes no sense, and says so', () => {
    const env = { PILOT_HTTP10: 'yes', MAX_CONNECTIONS_PER_SOCKET_EVENT_LOOP: '-1', PILOT_DEBOUNCE_AFTER: '5' };
    expect(readFeatures(env)).toEqual({
      features: { mesh: DEFAULT_FEATURES },
      problems: [
        'PILOT_DEBOUNCE_AFTER is "5", expected a duration such as 100ms: its default holds, 100ms',
        'PILOT_HTTP10 is "yes", expected true or false: its default holds, false',
        'MAX_CONNECTIONS_PER_SOCKET_EVENT_LOOP is "-1", expected a whole number: its default holds, 1',
      ],
      idle: [],
    });
  });

  it('names the variables of istiod that have no effect, and which ones may have been meant', () => {
    const env = { PILOT_PUSH_THROTTLE: '10', PILOT_HTPP10: 'true', HOME: '/' };
    expect(readFeatures(env).idle).toEqual(['PILOT_HTPP10 (did you mean PILOT_HTTP10?)', 'PILOT_PUSH_THROTTLE']);
  });

  it('documents the defaults that hold', () => {
    const env = Object.fromEntries(Object.entries(featureSwitches).map(([name, { absent }]) => [name, absent]));
    expect(readFeatures(env).features.mesh).toEqual(DEFAULT_FEATURES);
  });
});
