import { describe, expect, it } from 'vitest';
import {
  agentSecret,
  credentialRoots,
  credentialSecret,
  credentialSecretName,
  fileCertificateName,
  fileRootsName,
} from './sds.ts';

const fromAgent = {
  api_config_source: {
    api_type: 'GRPC',
    transport_api_version: 'V3',
    set_node_on_first_message_only: true,
    grpc_services: [{ envoy_grpc: { cluster_name: 'sds-grpc' } }],
  },
  resource_api_version: 'V3',
};

describe('credentialSecretName', () => {
  it.each([
    ['foo', 'kubernetes://foo'],
    ['foo-cacert', 'kubernetes://foo-cacert'],
    ['kubernetes://ns/foo', 'kubernetes://ns/foo'],
    ['kubernetes-gateway://ns/foo', 'kubernetes-gateway://ns/foo'],
    ['configmap://ns/foo', 'configmap://ns/foo'],
    ['builtin://', 'default'],
    ['builtin://-cacert', 'ROOTCA'],
    ['invalid://whatever', 'invalid://'],
    ['sds://foo', 'kubernetes://foo'],
  ])('names %s as %s', (credentialName, expected) => {
    expect(credentialSecretName(credentialName)).toBe(expected);
  });
});

describe('secret configurations', () => {
  it.each([
    {
      what: 'the own certificate is awaited from the agent without limit',
      config: agentSecret('default'),
      expected: { name: 'default', sds_config: { ...fromAgent, initial_fetch_timeout: {} } },
    },
    {
      what: "the mesh's roots likewise",
      config: agentSecret('ROOTCA'),
      expected: { name: 'ROOTCA', sds_config: { ...fromAgent, initial_fetch_timeout: {} } },
    },
    {
      what: 'files come from the agent, with the usual limit',
      config: agentSecret(fileCertificateName('/c.pem', '/k.pem')),
      expected: { name: 'file-cert:/c.pem~/k.pem', sds_config: fromAgent },
    },
    {
      what: 'credentials come from the control plane',
      config: credentialSecret('foo'),
      expected: { name: 'kubernetes://foo', sds_config: { ads: {}, resource_api_version: 'V3' } },
    },
    {
      what: 'so do their roots',
      config: credentialRoots('foo'),
      expected: { name: 'kubernetes://foo-cacert', sds_config: { ads: {}, resource_api_version: 'V3' } },
    },
    {
      what: 'builtin roots are those of the mesh',
      config: credentialRoots('builtin://'),
      expected: agentSecret('ROOTCA'),
    },
  ])('$what', ({ config, expected }) => {
    expect(config).toEqual(expected);
  });

  it.each([
    [undefined, 'file-root:system'],
    ['', 'file-root:system'],
    ['system', 'file-root:system'],
    ['/ca.pem', 'file-root:/ca.pem'],
  ])('roots of %s are %s', (file, expected) => {
    expect(fileRootsName(file)).toBe(expected);
  });
});
