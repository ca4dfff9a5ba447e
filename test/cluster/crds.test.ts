import { beforeAll, expect } from 'vitest';
import type { Cluster } from '../support/cluster/cluster.ts';
import {
  errorsOf,
  findSampleWith,
  listFields,
  listOwnKinds,
  listRandomSamples,
  listWrittenFields,
  listWrittenSamples,
  type Sample,
  toObject,
} from '../support/cluster/samples.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { REFUSED_BY_MEANING, REFUSED_BY_SCHEMA } from '../support/cluster/wrong-objects.ts';
import type { Plain } from '../support/random/repair.ts';
import type { Written } from '../support/random/values.ts';

/** More take longer and find the same: `RANDOM_OBJECTS=500` looks on. */
const RANDOM = Number(process.env.RANDOM_OBJECTS ?? 20);

const OWN_KINDS = listOwnKinds();
const NETWORKING = '/apis/networking.istio.io';

describeWithCluster('The CRDs on an API server', (cluster, it) => {
  beforeAll(async () => {
    await cluster().installCrds();
    const namespaces = new Set([...listWrittenSamples().map(namespaceOf), 'other']);
    await cluster().apply([...namespaces].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  });

  it('are established, with nothing amiss in their schemas', async () => {
    const { items }: { items: readonly InstalledDefinition[] } = JSON.parse(
      await cluster().kubectl('get', 'crd', '-o', 'json'),
    );
    const conditions = items.map(({ metadata, status }) => [
      metadata.name,
      Object.fromEntries(status.conditions.map((condition) => [condition.type, condition.status])),
    ]);
    const fine = { Established: 'True', NamesAccepted: 'True' };
    expect(Object.fromEntries(conditions)).toEqual(
      Object.fromEntries(OWN_KINDS.map(({ plural, group }) => [`${plural}.${group}`, fine])),
    );
  });

  it('are applied a second time without a change', async () => {
    const output = await cluster().kubectl('apply', '--server-side', '-f', 'deploy/crds');
    expect(output.trim().split('\n')).toHaveLength(OWN_KINDS.length);
    const versions = await cluster().kubectl('get', 'crd', '-o', 'jsonpath={.items[*].metadata.generation}');
    expect(new Set(versions.split(' '))).toEqual(new Set(['1']));
  });

  it('are served under the names and versions that Istio has', async () => {
    const [v1, v1beta1, v1alpha3] = await Promise.all(
      ['v1', 'v1beta1', 'v1alpha3'].map((version) => listServed(cluster(), version)),
    );
    const stable = [
      'destinationrules dr',
      'gateways gw',
      'serviceentries se',
      'sidecars',
      'virtualservices vs',
      'workloadentries we',
      'workloadgroups wg',
    ];
    expect(v1).toEqual(stable);
    expect(v1beta1).toEqual([...stable, 'proxyconfigs'].sort());
    expect(v1alpha3).toEqual([...stable, 'envoyfilters'].sort());
  });

  it.each([
    ['vs', 'VirtualService', 'NAME GATEWAYS HOSTS AGE', 'sample ["mesh"] ["echo"]'],
    ['dr', 'DestinationRule', 'NAME HOST AGE', 'sample echo'],
    ['gw', 'Gateway', 'NAME AGE', 'sample'],
    ['se', 'ServiceEntry', 'NAME HOSTS LOCATION RESOLUTION AGE', 'sample ["a.example"] MESH_INTERNAL DNS'],
    ['sidecar', 'Sidecar', 'NAME AGE', 'sample'],
    ['we', 'WorkloadEntry', 'NAME AGE ADDRESS', 'sample 0s 10.0.0.1'],
    ['wg', 'WorkloadGroup', 'NAME AGE', 'sample'],
    ['envoyfilter', 'EnvoyFilter', 'NAME AGE', 'sample'],
    ['proxyconfig', 'ProxyConfig', 'NAME AGE', 'sample'],
    ['pa', 'PeerAuthentication', 'NAME MODE AGE', 'sample STRICT'],
  ])('show the columns of %s', async (short, kind, header, row) => {
    await cluster().apply([findKind(kind).sample]);
    const [head = '', line = ''] = (await cluster().kubectl('get', short, '-n', 'default')).split('\n');
    expect(head.trim().split(/ +/).join(' ')).toBe(header);
    expect(
      line
        .replace(/\b\d+s\b/, '0s')
        .split(/ +/)
        .join(' '),
    ).toContain(row);
  });

  it('are all in the category istio-io', async () => {
    const names = await cluster().kubectl('get', 'istio-io', '-n', 'default', '-o', 'name');
    expect(names.trim().split('\n').sort()).toEqual(
      OWN_KINDS.map(({ kind, group }) => `${kind.toLowerCase()}.${group}/sample`).sort(),
    );
  });

  it('explain fields', async () => {
    expect(await cluster().kubectl('explain', 'vs.spec.http.timeout')).toContain('How long a request may take in all');
  });

  it('give an object in every version, whichever it was written in', async () => {
    const { sample } = findKind('DestinationRule');
    await cluster().apply([
      { ...sample, apiVersion: 'networking.istio.io/v1alpha3', metadata: { name: 'older', namespace: 'other' } },
    ]);
    const read = await Promise.all(['v1', 'v1beta1', 'v1alpha3'].map((version) => readSpec(cluster(), version)));
    expect(read).toEqual([sample.spec, sample.spec, sample.spec]);
  });

  it('keep status apart from what users write', async () => {
    const path = `${NETWORKING}/v1/namespaces/default/virtualservices/apart`;
    const object = toObject(findKind('VirtualService').kind, 'apart', SPECS.VirtualService);
    await cluster().apply([{ ...object, status: { observedGeneration: 7 } }]);
    const patch = { status: { conditions: [{ type: 'Reconciled', status: 'True' }] }, spec: { hosts: ['changed'] } };
    const contentType = 'application/merge-patch+json';
    const answer = await cluster().ask({ method: 'PATCH', path: `${path}/status`, body: patch, contentType });
    const patched: Patched = JSON.parse(answer.body);
    expect(patched).toMatchObject({ spec: object.spec, status: patch.status, metadata: { generation: 1 } });
    expect(patched.status).not.toHaveProperty('observedGeneration');
  });

  it('take every object of the goldens and the examples that we accept', async () => {
    const samples = listWrittenSamples();
    expect(samples.length).toBeGreaterThan(150);
    expect(await listRefusals(cluster(), samples)).toEqual([]);
  });

  it.each(OWN_KINDS)('take random objects of kind $kind that we accept', async (kind) => {
    const samples = listRandomSamples(kind, RANDOM);
    expect(samples.length).toBeGreaterThan(RANDOM / 4);
    expect(await listRefusals(cluster(), samples)).toEqual([]);
  });

  it.each(OWN_KINDS)('take every field of kind $kind that we accept', async (kind) => {
    const schema: Written = kind.resource?.spec ?? {};
    const written = listWrittenSamples().filter((sample) => sample.kind === kind);
    const seen = new Set(written.flatMap(({ object }) => [...listWrittenFields(schema, object.spec)]));
    const missing = [...new Set(listFields(schema))].filter((field) => !seen.has(field));
    const samples = missing.flatMap((field) => findSampleWith(kind, field) ?? []);
    for (const { object } of samples) for (const field of listWrittenFields(schema, object.spec)) seen.add(field);
    expect(await listRefusals(cluster(), samples)).toEqual([]);
    expect(missing.filter((field) => !seen.has(field))).toEqual(NEVER_ACCEPTED[kind.kind] ?? []);
  });

  it.each(REFUSED_BY_SCHEMA)('refuse, as we do, a %s whose %s', async (kind, _problem, spec) => {
    const object = toObject(findKind(kind).kind, 'wrong', spec);
    expect(errorsOf(object).map(({ code }) => code)).not.toEqual([]);
    expect(await findRefusal(cluster(), { from: 'table', kind: findKind(kind).kind, object })).toMatch(
      /invalid|BadRequest|unknown field/,
    );
  });

  it.each(REFUSED_BY_MEANING)('leave it to the webhook to refuse a %s whose %s', async (kind, _problem, spec) => {
    const object = toObject(findKind(kind).kind, 'wrong', spec);
    expect(errorsOf(object).map(({ code }) => code)).not.toEqual([]);
    expect(await findRefusal(cluster(), { from: 'table', kind: findKind(kind).kind, object })).toBeUndefined();
  });
});

/** Fields that the schema knows because Istio's has them, and that we refuse wherever they are written. */
const NEVER_ACCEPTED: Readonly<Record<string, readonly string[]>> = {
  VirtualService: ['.http[].fault.delay.exponentialDelay', '.http[].fault.abort.http2Error'],
  Gateway: ['.servers[].port.targetPort'],
  Sidecar: [
    '.ingress[].port.targetPort',
    '.ingress[].tls.credentialName',
    '.ingress[].tls.credentialNames',
    '.ingress[].tls.tlsCertificates',
    '.ingress[].tls.tlsCertificates[].serverCertificate',
    '.ingress[].tls.tlsCertificates[].privateKey',
    '.ingress[].tls.tlsCertificates[].caCertificates',
    '.ingress[].tls.subjectAltNames',
    '.egress[].port.targetPort',
  ],
  EnvoyFilter: ['.targetRefs[].namespace'],
};

interface InstalledDefinition {
  readonly metadata: { readonly name: string };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}

interface Patched {
  readonly status: Plain;
}

/** A kind, and an object of it that shows in every column. */
function findKind(name: string) {
  const kind = OWN_KINDS.find((known) => known.kind === name);
  const spec = SPECS[name];
  if (kind === undefined || spec === undefined) throw new Error(`there is no kind ${name} here`);
  return { kind, sample: toObject(kind, 'sample', spec) };
}

const SPECS: Readonly<Record<string, Plain>> = {
  VirtualService: { hosts: ['echo'], gateways: ['mesh'], http: [{ route: [{ destination: { host: 'echo' } }] }] },
  DestinationRule: { host: 'echo', subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
  Gateway: {
    selector: { istio: 'gw' },
    servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['a.example'] }],
  },
  ServiceEntry: {
    hosts: ['a.example'],
    location: 'MESH_INTERNAL',
    resolution: 'DNS',
    ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
  },
  Sidecar: { egress: [{ hosts: ['./*'] }] },
  WorkloadEntry: { address: '10.0.0.1' },
  WorkloadGroup: { template: { serviceAccount: 'echo' } },
  EnvoyFilter: { configPatches: [{ applyTo: 'CLUSTER', patch: { operation: 'REMOVE' } }] },
  PeerAuthentication: { mtls: { mode: 'STRICT' } },
  ProxyConfig: { concurrency: 2 },
};

/** `plural short` of each kind of a version; each must have its status apart. */
async function listServed(cluster: Cluster, version: string): Promise<readonly string[]> {
  const { body } = await cluster.ask({ path: `${NETWORKING}/${version}` });
  const { resources }: { resources: readonly { name: string; shortNames?: readonly string[] }[] } = JSON.parse(body);
  const names = new Set(resources.map(({ name }) => name));
  return resources
    .filter(({ name }) => names.has(`${name}/status`))
    .map(({ name, shortNames = [] }) => [name, ...shortNames].join(' '))
    .sort();
}

async function readSpec(cluster: Cluster, version: string): Promise<unknown> {
  const { body } = await cluster.ask({ path: `${NETWORKING}/${version}/namespaces/other/destinationrules/older` });
  const { spec }: { spec: unknown } = JSON.parse(body);
  return spec;
}

async function listRefusals(cluster: Cluster, samples: readonly Sample[]): Promise<readonly string[]> {
  const refusals: string[] = [];
  for (const sample of samples) {
    const reason = await findRefusal(cluster, sample);
    if (reason !== undefined) refusals.push(`${sample.from}: ${reason}`);
  }
  return refusals;
}

/** Why the API server would not create an object; unknown fields are a reason, as they are to kubectl. */
async function findRefusal(cluster: Cluster, { kind, object }: Sample): Promise<string | undefined> {
  const { plural } = kind;
  const path = `/apis/${object.apiVersion}/namespaces/${namespaceOf({ object })}/${plural}?dryRun=All&fieldValidation=Strict`;
  const answer = await cluster.ask({ method: 'POST', path, body: object });
  if (answer.status === 201) return undefined;
  const { message }: { message: string } = JSON.parse(answer.body);
  return message;
}

function namespaceOf({ object }: Pick<Sample, 'object'>): string {
  const { metadata }: { metadata?: { namespace?: string } } = object;
  return metadata?.namespace ?? 'default';
}
