import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { createCertificate } from '../support/certificate.ts';
import type { JsonObject } from '../support/declare/declared.ts';
import { destinationRule, serviceEntry } from '../support/declare/networking.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { ask } from '../support/http.ts';
import { LiveMesh } from '../support/live/live-mesh.ts';
import { Upstream } from '../support/live/upstream.ts';
import { until } from '../support/until.ts';

const PORT = 27_300;
const ADMIN_PORT = 27_390;

describeWithEnvoy('Egress TLS Origination', (program, it) => {
  let live: LiveMesh;
  let dir: string;
  let open: Upstream;
  let guarded: Upstream;
  const own = createCertificate({ names: ['named.example', 'wrong.example', 'mutual.example'] });
  const [client, stranger] = [createCertificate(), createCertificate()];

  const originate = (name: string, upstream: Upstream, tls: JsonObject) =>
    live.mesh.apply(
      serviceEntry(name, {
        hosts: [`${name}.example`],
        resolution: 'STATIC',
        ports: [{ name: 'http', number: PORT, protocol: 'HTTP', targetPort: upstream.port }],
        endpoints: [{ address: '127.0.0.1' }],
      }),
      destinationRule(name, {
        host: `${name}.example`,
        trafficPolicy: { portLevelSettings: [{ port: { number: PORT }, tls }] },
      }),
    );
  const get = (name: string) => ask(`http://127.0.0.1:${PORT}/`, { headers: { host: `${name}.example` } });
  const file = (name: string) => join(dir, name);

  beforeAll(async () => {
    live = await LiveMesh.start(program);
    dir = await mkdtemp(join(tmpdir(), 'pilothouse-tls-'));
    const files = {
      'ca.pem': own.certificate,
      'stranger.pem': stranger.certificate,
      'client.pem': client.certificate,
      'client.key': client.key,
    };
    await Promise.all(Object.entries(files).map(([name, text]) => writeFile(file(name), text)));
    const guardedTls = { ...own, clientRoots: client.certificate };
    [open, guarded] = await Promise.all([Upstream.start('open', own), Upstream.start('guarded', guardedTls)]);
    await live.startEnvoy(
      {
        type: 'sidecar',
        ips: ['127.0.0.1'],
        name: 'curl',
        namespace: 'default',
        labels: { app: 'curl' },
        interception: 'NONE',
      },
      ADMIN_PORT,
    );
  });

  beforeEach(() => {
    open.behave({});
    guarded.behave({});
  });

  afterAll(async () => {
    await live.stop();
    await Promise.all([open.stop(), guarded.stop()]);
    await rm(dir, { recursive: true, force: true });
  });

  const untilServed = (name: string) =>
    until(`${name} to answer`, async () => {
      const answer = await get(name);
      return answer.status === 200 ? answer.body : undefined;
    });

  /** Waits until a request is refused for lack of a server to trust; tells why Envoy did not trust it. */
  const untilRefused = async (name: string) => {
    await until('the refusal', async () => ((await get(name)).status === 503 ? true : undefined));
    const stats = `cluster.outbound|${PORT}||${name}.example;.ssl.`;
    const admin = live.envoys.get('curl')?.admin;
    const has = async (stat: string) => ((await admin?.stat(`${stats}${stat}`)) ?? 0) > 0;
    return { fail_verify_error: await has('fail_verify_error'), fail_verify_san: await has('fail_verify_san') };
  };

  describe('TLS origination for egress traffic', () => {
    it('takes plain HTTP from the application and speaks TLS outside', async () => {
      await originate('simple', open, { mode: 'SIMPLE', sni: 'other.example', caCertificates: file('ca.pem') });
      expect(await untilServed('simple')).toBe('open');
      expect(open.arrivals).toMatchObject([{ sni: 'other.example' }]);
    });

    it('asks for the host by its name where no other is said', async () => {
      await originate('named', open, { mode: 'SIMPLE', caCertificates: file('ca.pem') });
      await untilServed('named');
      expect(open.arrivals).toMatchObject([{ sni: 'named.example' }]);
    });

    it('does not speak to servers that others vouch for', async () => {
      await originate('wrong', open, { mode: 'SIMPLE', caCertificates: file('stranger.pem') });
      expect(await untilRefused('wrong')).toEqual({ fail_verify_error: true, fail_verify_san: false });
      expect(open.arrivals).toEqual([]);
    });

    it.each([
      { that: 'have not the name that was asked for', tls: {} },
      { that: 'have none of the names that are told', tls: { subjectAltNames: ['named.elsewhere'], sni: 'a.example' } },
    ])('does not speak to servers that $that', async ({ tls }) => {
      await originate('alt', open, { mode: 'SIMPLE', caCertificates: file('ca.pem'), ...tls });
      expect(await untilRefused('alt')).toEqual({ fail_verify_error: false, fail_verify_san: true });
      expect(open.arrivals).toEqual([]);
    });
  });

  describe('Mutual TLS origination for egress traffic', () => {
    it('shows the certificate in its files', async () => {
      await originate('mutual', guarded, {
        mode: 'MUTUAL',
        clientCertificate: file('client.pem'),
        privateKey: file('client.key'),
        caCertificates: file('ca.pem'),
      });
      expect(await untilServed('mutual')).toBe('guarded');
      const clientFingerprint = new X509Certificate(client.certificate).fingerprint256;
      expect(guarded.arrivals).toMatchObject([{ sni: 'mutual.example', clientFingerprint }]);
    });
  });

  it('has refused nothing of all this', async () => {
    expect(await live.listRejections()).toEqual({});
  });
});
