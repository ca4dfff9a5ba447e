import { describe, expect, it } from 'vitest';
import { service } from '../../test/support/model.ts';
import { expandStatName } from './stat-name.ts';

const PATTERN =
  '%SERVICE%|%SERVICE_NAME%|%SERVICE_FQDN%|%SERVICE_PORT%|%SERVICE_PORT_NAME%|%TARGET_PORT%|%SUBSET_NAME%|%OTHER%';

describe('expandStatName', () => {
  const web = service('shop', 'web');
  const host = web.hostname;
  it.each([
    {
      what: 'a Kubernetes service',
      subject: { hostname: host, service: web, port: 80, portName: 'http', subset: 'v1', targetPort: 8080 },
      name: `web.shop|web|${host}|80|http|8080|v1|%OTHER%`,
    },
    {
      what: 'any other host',
      subject: { hostname: 'a.ex', service: undefined, port: 443, portName: 'tls' },
      name: 'a.ex|a.ex|a.ex|443|tls|0||%OTHER%',
    },
  ])('fills in what is known of $what', ({ subject, name }) => {
    expect(expandStatName(PATTERN, subject)).toBe(name);
  });
});
