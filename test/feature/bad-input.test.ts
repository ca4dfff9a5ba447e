import { expect } from 'vitest';
import { createCertificate } from '../support/certificate.ts';
import { type Declared, file } from '../support/declare/declared.ts';
import { gateway, secret, virtualService } from '../support/declare/networking.ts';
import { router, sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';

const HEAD = 'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: bad }\n';

interface Bad {
  readonly what: string;
  readonly input: Declared;
  /** `file:line:column CODE`, and a part of the message. */
  readonly place: string;
  readonly says: string;
}

const cases: readonly Bad[] = [
  {
    what: 'a syntax error',
    input: file('bad.yaml', `${HEAD}spec:\n  hosts: [a.com\n  http: []\n`),
    place: 'bad.yaml:6:3 YAML_SYNTAX',
    says: '',
  },
  {
    what: 'an unknown field',
    input: file(
      'bad.yaml',
      `${HEAD}spec:\n  hosts: [a.com]\n  http:\n    - rout: [{ destination: { host: reviews } }]\n`,
    ),
    place: 'bad.yaml:7:7 FIELD_UNKNOWN',
    says: 'route',
  },
  {
    what: 'a value of the wrong type',
    input: file('bad.yaml', `${HEAD}spec:\n  hosts: a.com\n`),
    place: 'bad.yaml:5:10 FIELD_TYPE',
    says: 'list',
  },
  {
    what: 'an expression with a lookahead',
    input: file(
      'bad.yaml',
      `${HEAD}spec:\n  hosts: [a.com]\n  http:\n    - match: [{ uri: { regex: '/(?!x).*' } }]\n      route: [{ destination: { host: reviews } }]\n`,
    ),
    place: 'bad.yaml:7:31 REGEX_INVALID',
    says: 'lookahead',
  },
  {
    what: 'weights that are all zero',
    input: file(
      'bad.yaml',
      `${HEAD}spec:\n  hosts: [a.com]\n  http:\n    - route:\n        - { destination: { host: a }, weight: 0 }\n        - { destination: { host: b }, weight: 0 }\n`,
    ),
    place: 'bad.yaml:',
    says: '0',
  },
  {
    what: 'a broken certificate',
    input: secret('bad', { 'tls.crt': 'no certificate', 'tls.key': createCertificate().key }),
    place: 'default/Secret-bad.yaml:8:12 CERT_INVALID',
    says: 'tls.crt',
  },
];

feature('Bad input', (scenario) => {
  const reviews = service('reviews', { http: 9080 });
  const good = virtualService('reviews', route().to('reviews').timeout('1s'));
  const answer = { cluster: outbound('reviews', 9080), timeoutMs: 1000 };

  for (const { what, input, place, says } of cases) {
    scenario(`names the place of ${what} once, and traffic goes on`, async (mesh) => {
      await mesh.apply(reviews, good);
      const proxy = await mesh.connect(sidecar('app'));
      await mesh.apply(input);
      expect(mesh.issues()).toEqual([expect.stringContaining(place)]);
      expect(mesh.issues()[0]).toContain(says);
      expect(mesh.log.list('config.issue')).toHaveLength(1);
      expect(proxy.pushes).toEqual([]);
      expect(proxy.request('http://reviews:9080/')).toEqual(answer);
    });
  }

  scenario('tells of a host that nobody declares, and serves the rest of the rule', async (mesh) => {
    await mesh.apply(reviews);
    const proxy = await mesh.connect(sidecar('app'));
    const toNowhere = route()
      .when({ uri: { prefix: '/x' } })
      .to('nowhere');
    await mesh.apply(virtualService('reviews', [toNowhere, route().to('reviews').timeout('1s')]));
    expect(mesh.notes()).toEqual([expect.stringContaining('VS_DESTINATION_UNKNOWN VirtualService/default/reviews')]);
    await mesh.until('the log to tell of it', () => mesh.log.complaints().length > 0);
    expect(mesh.log.complaints()).toEqual([
      expect.stringMatching(/^default\/VirtualService-reviews\.yaml:1:1: VS_DESTINATION_UNKNOWN.*nowhere/),
    ]);
    expect(proxy.request('http://reviews:9080/')).toEqual(answer);
  });

  scenario('tells of a secret that is missing, and serves the other servers', async (mesh) => {
    const server = (name: string, credentialName: string) => ({
      port: { name, number: 443, protocol: 'HTTPS' },
      hosts: [`${name}.example.com`],
      tls: { mode: 'SIMPLE', credentialName },
    });
    const { certificate, key } = createCertificate();
    const cert = secret('there', { 'tls.crt': certificate, 'tls.key': key }, { namespace: 'istio-system' });
    const rule = virtualService('reviews', {
      hosts: ['a.example.com'],
      gateways: ['gw'],
      http: [route().to('reviews').timeout('1s')],
    });
    await mesh.apply(reviews, cert, gateway('gw', [server('a', 'there')]), rule);
    const proxy = await mesh.connect(router());
    await mesh.apply(gateway('gw', [server('a', 'there'), server('b', 'gone')]));
    expect(mesh.notes()).toEqual([
      expect.stringMatching(/CREDENTIAL_MISSING Gateway\/default\/gw .*kubernetes:\/\/gone/),
    ]);
    expect(proxy.request('https://a.example.com/')).toEqual(answer);
  });

  scenario('tells both places of an object that is declared twice, and the first counts', async (mesh) => {
    const first = { ...good, file: 'a.yaml' };
    const second = { ...virtualService('reviews', route().to('reviews').timeout('9s')), file: 'b.yaml' };
    await mesh.apply(reviews, second, first);
    const proxy = await mesh.connect(sidecar('app'));
    expect(mesh.issues()).toEqual([expect.stringMatching(/^b\.yaml:1:1 DUPLICATE_OBJECT .*a\.yaml:1:1.*b\.yaml:1:1/)]);
    expect(proxy.request('http://reviews:9080/')).toEqual(answer);
    await mesh.remove(first);
    expect(mesh.issues()).toEqual([]);
    expect(proxy.request('http://reviews:9080/')).toEqual({ ...answer, timeoutMs: 9000 });
  });
});

feature('Last good version', (scenario) => {
  const reviews = service('reviews', { http: 9080 });
  const good = virtualService('reviews', route().to('reviews').timeout('1s'));
  const answer = { cluster: outbound('reviews', 9080), timeoutMs: 1000 };
  const broken = { file: good.file, text: good.text.replace('timeout: 1s', 'timeout: soon') };

  scenario('stays in force while the present one is broken', async (mesh) => {
    await mesh.apply(reviews, good);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(broken);
    expect(mesh.issues()).toEqual([expect.stringContaining('DURATION_INVALID')]);
    expect(proxy.pushes).toEqual([]);
    expect(proxy.request('http://reviews:9080/')).toEqual(answer);
  });

  scenario('gives way to the next good one', async (mesh) => {
    await mesh.apply(reviews, good);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(broken);
    await mesh.apply(virtualService('reviews', route().to('reviews').timeout('2s')));
    expect(mesh.issues()).toEqual([]);
    expect(proxy.request('http://reviews:9080/')).toEqual({ ...answer, timeoutMs: 2000 });
  });

  scenario('goes when the object is deleted', async (mesh) => {
    await mesh.apply(reviews, good);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(broken);
    await mesh.remove(broken);
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster: answer.cluster });
  });

  scenario('of a whole file stays while the file cannot be read at all', async (mesh) => {
    await mesh.apply(reviews, good);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(file(good.file, 'kind: [half written'));
    expect(mesh.issues()).toEqual([expect.stringContaining(`${good.file}:1`)]);
    expect(proxy.request('http://reviews:9080/')).toEqual(answer);
  });

  for (const { what, from, to, place } of [
    { what: 'kind', from: 'VirtualService', to: 'VirtualServce', place: '2:7 KIND_UNKNOWN' },
    { what: 'apiVersion', from: 'io/v1', to: 'io/v11', place: '1:13 VERSION_UNKNOWN' },
    { what: 'name', from: 'name: reviews', to: 'name: Reviews', place: 'NAME_INVALID' },
  ]) {
    scenario(`stays while its ${what} has a slip of the pen, and the log says so`, async (mesh) => {
      await mesh.apply(reviews, good);
      const proxy = await mesh.connect(sidecar('app'));
      await mesh.apply(file(good.file, good.text.replace(from, to)));
      expect(mesh.issues()).toEqual([expect.stringContaining(place)]);
      expect(mesh.log.complaints()).toEqual([
        expect.stringMatching(/; the last good version of VirtualService default\/reviews stays in force$/),
      ]);
      expect(proxy.pushes).toEqual([]);
      expect(proxy.request('http://reviews:9080/')).toEqual(answer);
      await mesh.apply(virtualService('reviews', route().to('reviews').timeout('2s')));
      expect(mesh.issues()).toEqual([]);
      expect(proxy.request('http://reviews:9080/')).toEqual({ ...answer, timeoutMs: 2000 });
    });
  }
});
