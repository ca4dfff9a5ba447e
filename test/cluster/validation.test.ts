import { describe, expect } from 'vitest';
import { DEFAULT_CONTEXT } from '../../src/config/context.ts';
import { createValidation } from '../../src/server/validation/validation.ts';
import { startAdmissionServer } from '../support/admission-server.ts';
import type { Cluster } from '../support/cluster/cluster.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { eventually } from '../support/eventually.ts';

function configuration(url: string, ca: string) {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'istio-validator-istio-system', labels: { 'istio.io/rev': 'default' } },
    webhooks: [
      {
        name: 'rev.validation.istio.io',
        clientConfig: { url, caBundle: Buffer.from(ca).toString('base64') },
        rules: [
          {
            operations: ['CREATE', 'UPDATE'],
            apiGroups: ['networking.istio.io'],
            apiVersions: ['*'],
            resources: ['*'],
          },
        ],
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1', 'v1beta1'],
      },
    ],
  };
}

const istio = (kind: string, name: string, spec: object, metadata: object = {}) => ({
  apiVersion: 'networking.istio.io/v1',
  kind,
  metadata: { name, namespace: 'default', ...metadata },
  spec,
});

const maglev = (tableSize: number) => ({
  host: 'reviews',
  trafficPolicy: { loadBalancer: { consistentHash: { httpHeaderName: 'x-user', maglev: { tableSize } } } },
});
const route = [{ route: [{ destination: { host: 'reviews' } }] }];

/** kubectl's output, or what it said when it failed. */
function tryApply(cluster: Cluster, object: object, ...args: string[]): Promise<string> {
  return cluster.apply([object], ...args).catch((error: unknown) => String(error));
}

describe('the validating webhook', () => {
  describeWithCluster('asked by an API server', (cluster, it) => {
    it('refuses what is wrong, warns of what may be, and lets the rest through', async () => {
      await cluster().installCrds();
      const server = await startAdmissionServer(createValidation(() => DEFAULT_CONTEXT));
      // Wrong already when the webhook came.
      const stuck = istio('VirtualService', 'stuck', { hosts: ['*'], http: route }, { finalizers: ['example.com/x'] });
      await cluster().apply([stuck]);
      await cluster().apply([configuration(server.url, server.ca)]);
      // The API server notices a new configuration within moments.
      await eventually(async () =>
        expect(
          await tryApply(cluster(), istio('DestinationRule', 'probe', maglev(65535)), '--dry-run=server'),
        ).toContain('denied the request'),
      );

      const cases = [
        { object: istio('VirtualService', 'star', { hosts: ['*'], http: route }), says: 'VS_HOST_STAR_IN_MESH' },
        { object: istio('DestinationRule', 'odd', maglev(65535)), says: 'DR_MAGLEV_SIZE' },
        { object: istio('DestinationRule', 'prime', maglev(65537)), says: 'created' },
        { object: istio('Sidecar', 'empty', {}), says: 'SIDECAR_EMPTY' },
        {
          object: istio('Sidecar', 'all', { workloadSelector: { labels: {} }, egress: [{ hosts: ['*/*'] }] }),
          says: 'created',
        },
        {
          object: istio(
            'VirtualService',
            'named',
            { hosts: ['reviews'], http: route },
            {
              annotations: { 'internal.istio.io/parents': 'x' },
            },
          ),
          says: 'ANNOTATION_RESERVED',
        },
        {
          object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'any', namespace: 'default' } },
          says: 'created',
        },
      ];
      for (const { object, says } of cases) expect(await tryApply(cluster(), object)).toContain(says);

      const { body } = await cluster().ask({
        method: 'POST',
        path: '/apis/networking.istio.io/v1/namespaces/default/virtualservices',
        body: istio('VirtualService', 'two', { hosts: ['*'], http: [...route, ...route] }),
      });
      expect(JSON.parse(body)).toMatchObject({
        code: 400,
        reason: 'BadRequest',
        details: { causes: expect.any(Array) },
      });

      // What was wrong before can still be deleted, which is an update where there are finalizers.
      await cluster().kubectl('delete', 'virtualservice', 'stuck', '--wait=false');
      await cluster().kubectl(
        'patch',
        'virtualservice',
        'stuck',
        '--type=merge',
        '-p',
        '{"metadata":{"finalizers":[]}}',
      );
      expect(await cluster().kubectl('get', 'virtualservices', '-o', 'name')).not.toContain('stuck');
      await server.stop();
    });
  });
});
