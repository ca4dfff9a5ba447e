import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findConnection } from './connection.ts';
import { loadInCluster } from './in-cluster.ts';
import { loadKubeconfig, parseRemoteKubeconfig } from './kubeconfig.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A kubeconfig with one context; the user and more of the cluster as YAML. */
const config = (user: string, cluster = '') => `
apiVersion: v1
kind: Config
current-context: here
clusters: [{name: c, cluster: {server: https://10.0.0.1:6443/${cluster}}}]
contexts: [{name: here, context: {cluster: c, user: u, namespace: web}}, {name: lost, context: {cluster: none, user: u}}]
users: [{name: u, user: {${user}}}]
`;

describe('kubeconfigs', () => {
  let dir = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pilothouse-kubeconfig-'));
    await writeFile(join(dir, 'ca.pem'), 'the roots');
    await writeFile(join(dir, 'token'), 'from a file\n');
  });
  afterAll(() => rm(dir, { recursive: true }));

  const load = async (text: string, context?: string) => {
    await writeFile(join(dir, 'config'), text);
    return loadKubeconfig([join(dir, 'config')], context);
  };

  it.each([
    { what: 'a token', user: 'token: secret', token: 'secret' },
    { what: 'a file of a token, beside the kubeconfig', user: 'tokenFile: token', token: 'from a file' },
  ])('bring $what', async ({ user, token: wanted }) => {
    const { token, ...rest } = await load(config(user));
    expect([await token?.(), rest]).toEqual([wanted, { server: 'https://10.0.0.1:6443', namespace: 'web' }]);
  });

  it('bring certificates, inline or as files', async () => {
    const user = `client-certificate-data: ${base64('leaf')}, client-key-data: ${base64('key')}`;
    const cluster = ', certificate-authority: ca.pem, tls-server-name: kubernetes, insecure-skip-tls-verify: true';
    expect(await load(config(user, cluster))).toEqual({
      server: 'https://10.0.0.1:6443',
      namespace: 'web',
      ca: 'the roots',
      tlsServerName: 'kubernetes',
      insecure: true,
      cert: 'leaf',
      key: 'key',
    });
  });

  it('bring passwords and whom to act as', async () => {
    const { credentials, headers } = await load(config('username: me, password: pw, as: jane'));
    expect([await credentials?.(), headers]).toEqual([
      { authorization: `Basic ${base64('me:pw')}` },
      { 'Impersonate-User': 'jane' },
    ]);
  });

  it('run the programs that they name', async () => {
    const answer = JSON.stringify({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'minted' },
    });
    await writeFile(join(dir, 'answer.json'), answer);
    const exec = `exec: {apiVersion: client.authentication.k8s.io/v1, command: cat, args: ['${join(dir, 'answer.json')}'], interactiveMode: Never}`;
    const { credentials } = await load(config(exec));
    expect(await credentials?.()).toEqual({ authorization: 'Bearer minted' });
  });

  it.each([
    { what: 'no context of that name', text: config(''), context: 'there', says: 'no context "there"' },
    { what: 'a context without its cluster', text: config(''), context: 'lost', says: 'no server for the cluster' },
    { what: 'no YAML', text: '{', context: undefined, says: 'is no YAML' },
    { what: 'something else', text: 'users: 5', context: undefined, says: 'is no kubeconfig' },
    {
      what: 'a file that is not there',
      text: config('client-key: none.pem'),
      context: undefined,
      says: 'cannot be read',
    },
  ])('with $what are refused', async ({ text, context, says }) => {
    await expect(load(text, context)).rejects.toMatchObject({
      code: 'KUBE_CONFIG',
      message: expect.stringContaining(says),
    });
  });

  it('of several, the first that names something counts', async () => {
    await writeFile(join(dir, 'one'), config('token: first'));
    await writeFile(join(dir, 'two'), config('token: second').replace('10.0.0.1', '10.0.0.2'));
    const { server, token } = await loadKubeconfig([join(dir, 'one'), join(dir, 'two')]);
    expect([server, await token?.()]).toEqual(['https://10.0.0.1:6443', 'first']);
  });

  it.each(['exec: {command: id}', 'auth-provider: {name: gcp}', 'tokenFile: /etc/passwd', 'client-key: /etc/passwd'])(
    'of remote clusters may not say %s',
    (user) => {
      expect(() => parseRemoteKubeconfig(config(user), 'secret')).toThrow('is not allowed here');
    },
  );

  it('of remote clusters may name no file of roots', () => {
    const text = config('token: t', ', certificate-authority: /etc/ssl/cert.pem');
    expect(() => parseRemoteKubeconfig(text, 'secret')).toThrow('certificate-authority is not allowed here');
  });

  it('are those of the environment when none is named', async () => {
    await writeFile(join(dir, 'config'), config('token: t'));
    const found = await findConnection({ env: { KUBECONFIG: join(dir, 'config'), HOME: dir } });
    const none = await findConnection({ env: { HOME: dir } });
    expect([found?.server, none]).toEqual(['https://10.0.0.1:6443', undefined]);
  });
});

describe('a Pod', () => {
  it('knows its cluster by environment and mounted files', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'pilothouse-pod-'));
    await writeFile(join(dir, 'token'), 'pod token');
    await writeFile(join(dir, 'ca.crt'), 'roots');
    await writeFile(join(dir, 'namespace'), 'istio-system\n');
    const { token, ...rest } = (await loadInCluster({ KUBERNETES_SERVICE_HOST: 'fd00::1' }, dir)) ?? {};
    expect([await token?.(), rest]).toEqual([
      'pod token',
      { server: 'https://[fd00::1]:443', ca: 'roots', namespace: 'istio-system' },
    ]);
    await rm(dir, { recursive: true });
    await expect(loadInCluster({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, dir)).rejects.toMatchObject({
      code: 'KUBE_CONFIG',
    });
    expect(await loadInCluster({}, dir)).toBeUndefined();
  });
});
