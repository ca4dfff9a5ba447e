import { describe, expect, it } from 'vitest';
import { readSpecIssues } from '../../../test/support/issues.ts';

describe('WorkloadEntry: issues when', () => {
  it.each([
    {
      when: 'it is nowhere',
      spec: `
{}
`,
      issues: ['1:1 error WE_ADDRESS_MISSING spec.address is missing, but a workload needs an address or a network'],
    },
    {
      when: 'only its network is known',
      spec: `
network: n
`,
      issues: ['1:1 warning WE_ADDRESS_EMPTY spec has no address: it is reached through the gateway of network "n"'],
    },
    {
      when: 'it is on a socket that is none, and has ports',
      spec: `
address: unix://a
ports: {a: 1}
`,
      issues: [
        '1:10 error ADDRESS_INVALID spec.address is "unix://a", expected unix:// and an absolute path or @name of at most 107 bytes',
        '2:1 error WE_SOCKET_PORTS a Unix socket has no ports',
      ],
    },
    {
      when: 'its names are none',
      spec: `
address: a b
ports: {"a b": 1}
labels: {"a b": c}
`,
      issues: [
        '1:10 error ADDRESS_INVALID spec.address is "a b", expected an IP address, a host name or unix:// and a path',
        '2:9 error NAME_INVALID "a b" is no name of a port',
        '3:10 error LABEL_INVALID "a b" is no key of a label',
      ],
    },
    {
      when: 'its numbers are out of range',
      spec: `
address: 1.1.1.1
ports: {a: 0}
weight: -1
labels: {a: 1}
`,
      issues: [
        '2:12 error VALUE_RANGE spec.ports.a is 0, expected a number of at least 1',
        '3:9 error VALUE_RANGE spec.weight is -1, expected a number of at least 0',
        '4:13 error FIELD_TYPE spec.labels.a is a whole number, expected a text; did you mean "1", in quotes?',
      ],
    },
  ])('$when', ({ spec, issues }) => {
    expect(readSpecIssues('WorkloadEntry', spec)).toEqual(issues);
  });
});
