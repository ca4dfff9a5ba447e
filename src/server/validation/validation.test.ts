import { describe, expect, it } from 'vitest';
import { DEFAULT_CONTEXT } from '../../config/context.ts';
import * as metrics from './metrics.ts';
import { createValidation } from './validation.ts';

const validate = createValidation(() => DEFAULT_CONTEXT);

function review(object: unknown, overrides: object = {}, apiVersion = 'admission.k8s.io/v1') {
  const resource = { group: 'networking.istio.io', version: 'v1', resource: 'anything' };
  const request = { uid: 'u-1', operation: 'CREATE', namespace: 'shop', resource, object, ...overrides };
  return JSON.stringify({ apiVersion, kind: 'AdmissionReview', request });
}

function answer(body: string, contentType = 'application/json') {
  const reply = validate({ contentType, body });
  return reply.kind === 'json' ? (reply.value as { apiVersion: string; response: Response }).response : reply;
}

interface Response {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly message: string };
  readonly warnings?: readonly string[];
}

function istio(kind: string, spec: unknown, metadata: object = {}) {
  return { apiVersion: 'networking.istio.io/v1', kind, metadata: { name: 'x', namespace: 'shop', ...metadata }, spec };
}

const maglev = (tableSize: number) =>
  istio('DestinationRule', {
    host: 'reviews',
    trafficPolicy: { loadBalancer: { consistentHash: { httpHeaderName: 'x-user', maglev: { tableSize } } } },
  });
const allowed = { uid: 'u-1', allowed: true };

describe('what is refused', () => {
  it('has one line with field and code for an error', () => {
    expect(answer(review(istio('Gateway', { servers: [] })))).toMatchObject({
      uid: 'u-1',
      allowed: false,
      status: {
        code: 400,
        message: expect.stringMatching(/^configuration is invalid: .*spec\.servers.*\([A-Z_]+\)$/),
        details: { causes: [{ field: 'spec.servers' }] },
      },
    });
  });

  it('has a line for each of several errors', () => {
    const spec = { hosts: ['a'], http: [{ route: [{ destination: { host: 'a' }, weight: -1 }], timeout: 'soon' }] };
    const response = answer(review(istio('VirtualService', spec)));
    expect(response).toMatchObject({
      allowed: false,
      status: { message: expect.stringMatching(/: 2 errors:\n {2}\* .*\n {2}\* /) },
    });
  });

  it.each([
    {
      what: 'a host "*" of the mesh',
      object: istio('VirtualService', { hosts: ['*'], http: [{ route: [{ destination: { host: 'a' } }] }] }),
      says: 'VS_HOST_STAR_IN_MESH',
    },
    { what: 'a Maglev table of no prime size', object: maglev(65535), says: 'DR_MAGLEV_SIZE' },
    { what: 'an empty Sidecar', object: istio('Sidecar', {}), says: 'SIDECAR_EMPTY' },
    { what: 'an unknown field', object: istio('Sidecar', { egres: [] }), says: 'FIELD_UNKNOWN' },
    {
      what: 'an unknown field beside the spec',
      object: { ...istio('Sidecar', { egress: [{ hosts: ['*/*'] }] }), extra: 1 },
      says: 'FIELD_UNKNOWN',
    },
    { what: 'an unknown kind of Istio', object: istio('Gatway', {}), says: 'KIND_UNKNOWN' },
    {
      what: "the probe of the webhook's own readiness",
      object: istio(
        'Gateway',
        { servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }] },
        { annotations: { 'internal.istio.io/webhook-always-reject': 'true' } },
      ),
      says: 'ANNOTATION_RESERVED',
    },
    {
      what: 'an object without a spec',
      object: { apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: { name: 'x' } },
      says: 'FIELD_MISSING',
    },
    {
      what: 'a partial wildcard that DNS cannot resolve',
      object: istio('ServiceEntry', {
        hosts: ['*foo.com'],
        ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
        resolution: 'DNS',
      }),
      says: 'SE_HOST_NOT_RESOLVABLE',
    },
    { what: 'no object', object: undefined, says: 'no object' },
  ])('$what', ({ object, says }) => {
    expect(answer(review(object))).toMatchObject({
      allowed: false,
      status: { message: expect.stringContaining(says) },
    });
  });
});

describe('what is let through', () => {
  const wrong = istio('Gateway', {});
  it.each([
    { what: 'a right object', body: review(maglev(65537)) },
    { what: 'a deletion', body: review(undefined, { operation: 'DELETE', oldObject: wrong }) },
    { what: 'what somebody connects to', body: review(wrong, { operation: 'CONNECT' }) },
    { what: 'a status', body: review(wrong, { operation: 'UPDATE', subResource: 'status' }) },
    {
      what: 'an object that is being deleted',
      body: review(istio('Gateway', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }), { operation: 'UPDATE' }),
    },
    { what: 'a kind of others', body: review({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' } }) },
    {
      what: "Kubernetes' own kinds",
      body: review({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: 5 }),
    },
    { what: 'a right object in a dry run', body: review(maglev(65537), { dryRun: true }) },
    { what: 'a name that is to be completed', body: review({ ...maglev(65537), metadata: { generateName: 'x-' } }) },
  ])('$what', ({ body }) => {
    expect(answer(body)).toEqual(allowed);
  });

  it('has warnings for what may be a mistake', () => {
    const spec = { workloadSelector: { labels: {} }, egress: [{ hosts: ['*/*'] }] };
    expect(answer(review(istio('Sidecar', spec)))).toEqual({
      ...allowed,
      warnings: [expect.stringContaining('(SELECTOR_EMPTY)')],
    });
  });

  it.each([
    {
      what: 'the older form of a Gateway name',
      object: istio('VirtualService', {
        hosts: ['a.example.com'],
        gateways: ['gw.istio-system'],
        http: [{ route: [{ destination: { host: 'a' } }] }],
      }),
      warns: ['FIELD_DEPRECATED'],
    },
    {
      what: 'any EnvoyFilter',
      object: { ...istio('EnvoyFilter', {}), apiVersion: 'networking.istio.io/v1alpha3' },
      warns: ['ENVOY_FILTER_INTERNAL'],
    },
  ])('has exactly the warnings of $what', ({ object, warns }) => {
    const warnings = warns.map((code) => expect.stringContaining(`(${code})`));
    expect(answer(review(object))).toEqual({ ...allowed, warnings });
  });

  it("is one of Istio's kinds that nothing acts on yet, with a warning or without", () => {
    const policy = {
      apiVersion: 'security.istio.io/v1',
      kind: 'RequestAuthentication',
      metadata: { name: 'x' },
      spec: {},
    };
    expect(answer(review(policy))).toMatchObject(allowed);
  });
});

describe('metrics', () => {
  it('name resources that there are, and no others', async () => {
    const resource = { group: 'networking.istio.io', version: 'v1', resource: 'gateways' };
    const other = { group: 'other', version: 'other', resource: 'other' };
    const gateway = istio('Gateway', { servers: [] });
    const read = () =>
      Promise.all([resource, other].map((it) => metrics.failed.read({ ...it, reason: 'invalid_resource' })));
    const [known = 0, unknown = 0] = await read();
    answer(review(gateway, { resource }));
    for (let i = 0; i < 10; i++) answer(review(gateway, { resource: { ...resource, resource: `made-up-${i}` } }));
    expect(await read()).toEqual([known + 1, unknown + 10]);
  });
});

describe('reviews', () => {
  it.each(['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'])('of %s get an answer of the same', (apiVersion) => {
    expect(validate({ contentType: 'application/json', body: review(maglev(65537), {}, apiVersion) })).toEqual({
      kind: 'json',
      value: { apiVersion, kind: 'AdmissionReview', response: allowed },
    });
  });

  it.each([
    { what: 'no body', body: '', contentType: 'application/json', status: 400 },
    { what: 'another type of content', body: review(maglev(65537)), contentType: 'text/plain', status: 415 },
    { what: 'no JSON', body: '{', contentType: 'application/json', status: 400 },
    { what: 'no review', body: '{"kind":"Pod"}', contentType: 'application/json', status: 400 },
    {
      what: 'a version that is not known',
      body: review({}, {}, 'admission.k8s.io/v2'),
      contentType: 'application/json',
      status: 400,
    },
    {
      what: 'no request',
      body: '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}',
      contentType: 'application/json',
      status: 400,
    },
  ])('$what is answered with $status', ({ body, contentType, status }) => {
    expect(answer(body, contentType)).toMatchObject({ kind: 'text', status });
  });
});
