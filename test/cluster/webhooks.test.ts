import { describe, expect } from 'vitest';
import { DEFAULT_CONTEXT } from '../../src/config/context.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { isRecord } from '../../src/kube/object.ts';
import { createValidation } from '../../src/server/validation/validation.ts';
import { keepInjectionWebhooks, keepValidationWebhooks } from '../../src/server/webhooks/webhooks.ts';
import { type AdmissionServer, startAdmissionServer } from '../support/admission-server.ts';
import { createCertificate } from '../support/certificate.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { eventually } from '../support/eventually.ts';

const KINDS = {
  validating: { kind: 'ValidatingWebhookConfiguration', plural: 'validatingwebhookconfigurations' },
  mutating: { kind: 'MutatingWebhookConfiguration', plural: 'mutatingwebhookconfigurations' },
} as const;

type Sort = keyof typeof KINDS;

const base64 = (pem: string) => Buffer.from(pem).toString('base64');
const fixedRoots = (pem: string) => ({ current: () => ({ pem }), watch: () => () => {} });

function configuration(sort: Sort, name: string, webhooks: readonly object[], revision = 'default') {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: KINDS[sort].kind,
    metadata: { name, labels: { app: 'istiod', 'istio.io/rev': revision } },
    webhooks,
  };
}

function webhook(name: string, url: string, rules: object = { apiGroups: ['networking.istio.io'], resources: ['*'] }) {
  return {
    name,
    clientConfig: { url },
    rules: [{ operations: ['CREATE', 'UPDATE'], apiVersions: ['*'], ...rules }],
    failurePolicy: 'Ignore',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 5,
  };
}

async function read(client: KubeClient, sort: Sort, name: string) {
  const object = await client.get(`/apis/admissionregistration.k8s.io/v1/${KINDS[sort].plural}/${name}`);
  const entries = Array.isArray(object?.webhooks) ? object.webhooks.filter(isRecord) : [];
  return entries.map(({ clientConfig, failurePolicy }) => [
    isRecord(clientConfig) ? clientConfig.caBundle : undefined,
    failurePolicy,
  ]);
}

async function during(work: (over: AbortSignal) => Promise<void>, check: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  const done = work(over.signal);
  try {
    await check();
  } finally {
    over.abort();
    await done;
  }
}

describe('webhook configurations', () => {
  describeWithCluster('on an API server', (cluster, it) => {
    it('of injection get the roots, again when somebody takes them out; others are left alone', async () => {
      const client = cluster().client();
      const pods = { apiGroups: [''], resources: ['pods'] };
      const ours = webhook('namespace.sidecar-injector.istio.io', 'https://localhost:1/inject', pods);
      const others = webhook('namespace.example.com', 'https://localhost:1/other', pods);
      await cluster().apply([
        configuration('mutating', 'istio-sidecar-injector', [ours, others]),
        configuration('mutating', 'istio-sidecar-injector-canary', [ours], 'canary'),
      ]);
      const { certificate } = createCertificate();
      const options = { client, roots: fixedRoots(certificate), namespace: 'istio-system', revision: 'default' };
      const right = [
        [base64(certificate), 'Ignore'],
        [undefined, 'Ignore'],
      ];
      await during(
        (over) => keepInjectionWebhooks(options, over),
        async () => {
          await eventually(async () => expect(await read(client, 'mutating', 'istio-sidecar-injector')).toEqual(right));
          await cluster().kubectl(
            ...['patch', 'mutatingwebhookconfiguration', 'istio-sidecar-injector', '--type=json'],
            ...['-p', '[{"op":"remove","path":"/webhooks/0/clientConfig/caBundle"}]'],
          );
          await eventually(async () => expect(await read(client, 'mutating', 'istio-sidecar-injector')).toEqual(right));
        },
      );
      expect(await read(client, 'mutating', 'istio-sidecar-injector-canary')).toEqual([[undefined, 'Ignore']]);
      client.close();
    });

    describe('of validation', () => {
      async function serve(check: (server: AdmissionServer, client: KubeClient) => Promise<void>): Promise<void> {
        const client = cluster().client();
        await cluster().installCrds();
        const server = await startAdmissionServer(createValidation(() => DEFAULT_CONTEXT));
        try {
          await check(server, client);
        } finally {
          await server.stop();
          client.close();
        }
      }
      const service = (host: string) => ({
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name: 'reviews', namespace: 'default' },
        spec: { hosts: [host], http: [{ route: [{ destination: { host: 'reviews' } }] }] },
      });

      it('fail closed once wrong objects are seen to be refused, and not before', () =>
        serve(async (server, client) => {
          const name = 'istio-validator-istio-system';
          await cluster().kubectl('create', 'namespace', 'istio-system');
          // Nobody listens there yet.
          await cluster().apply([
            configuration('validating', name, [webhook('rev.validation.istio.io', 'https://localhost:1/validate')]),
          ]);
          const roots = fixedRoots(server.ca);
          const options = { client, roots, namespace: 'istio-system', revision: 'default' };
          await during(
            (over) => keepValidationWebhooks(options, over),
            async () => {
              const bundle = base64(server.ca);
              await eventually(async () =>
                expect(await read(client, 'validating', name)).toEqual([[bundle, 'Ignore']]),
              );
              await cluster().kubectl(
                ...['patch', 'validatingwebhookconfiguration', name, '--type=json'],
                ...['-p', `[{"op":"replace","path":"/webhooks/0/clientConfig/url","value":"${server.url}"}]`],
              );
              await eventually(
                async () => expect(await read(client, 'validating', name)).toEqual([[bundle, 'Fail']]),
                60_000,
              );
              await expect(cluster().apply([service('*')])).rejects.toThrow(
                /admission webhook "rev\.validation\.istio\.io" denied the request: configuration is invalid: .*VS_HOST_STAR_IN_MESH/,
              );
              expect(await cluster().apply([service('reviews')])).toContain('created');
              await cluster().kubectl(
                ...['patch', 'validatingwebhookconfiguration', name, '--type=json'],
                ...['-p', '[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"}]'],
              );
              await eventually(async () => expect(await read(client, 'validating', name)).toEqual([[bundle, 'Fail']]));
            },
          );
          await cluster().kubectl('delete', 'validatingwebhookconfiguration', name);
        }));
    });
  });
});
