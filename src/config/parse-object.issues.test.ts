import { describe, expect, it } from 'vitest';
import { readIssues } from '../../test/support/issues.ts';

describe('parseObject: issues when', () => {
  it.each([
    {
      when: 'it names no kind',
      text: `
a: 1
`,
      issues: [
        '1:1 error FIELD_MISSING apiVersion is missing, but every object needs one',
        '1:1 error FIELD_MISSING kind is missing, but every object needs one',
      ],
    },
    {
      when: 'it is no object',
      text: `
hello
`,
      issues: [
        '1:1 error FIELD_TYPE the document is no object: expected fields such as apiVersion, kind, metadata and spec',
      ],
    },
    {
      when: 'it is a list',
      text: `
- a
`,
      issues: [
        '1:1 error FIELD_TYPE the document is no object: expected fields such as apiVersion, kind, metadata and spec',
      ],
    },
    {
      when: 'its kind is no text',
      text: `
apiVersion: 1
kind: [a]
`,
      issues: ['1:13 error FIELD_TYPE apiVersion is no text', '2:7 error FIELD_TYPE kind is no text'],
    },
    {
      when: 'its kind is misspelt',
      text: `
apiVersion: networking.istio.io/v1
kind: VirtualServce
`,
      issues: ['2:7 error KIND_UNKNOWN networking.istio.io has no kind "VirtualServce"; did you mean VirtualService?'],
    },
    {
      when: 'its kind is in the wrong group',
      text: `
apiVersion: networking.k8s.io/v1
kind: VirtualService
`,
      issues: [
        '1:13 error KIND_UNKNOWN networking.k8s.io has no VirtualService; did you mean apiVersion: networking.istio.io/v1?',
      ],
    },
    {
      when: 'a core kind is in the wrong group',
      text: `
apiVersion: networking.istio.io/v1
kind: Service
`,
      issues: ['1:13 error KIND_UNKNOWN networking.istio.io has no Service; did you mean apiVersion: v1?'],
    },
    {
      when: 'its version does not exist',
      text: `
apiVersion: networking.istio.io/v2
kind: Gateway
`,
      issues: [
        '1:13 error VERSION_UNKNOWN apiVersion is "networking.istio.io/v2", but Gateway exists as networking.istio.io/v1, networking.istio.io/v1beta1, networking.istio.io/v1alpha3',
      ],
    },
    {
      when: 'nothing acts on its kind yet',
      text: `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
`,
      issues: [
        '2:7 warning KIND_UNSUPPORTED RequestAuthentication of security.istio.io is not acted on yet: requests that it would deny are let through',
      ],
    },
    {
      when: 'nothing denies yet what its kind denies',
      text: `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
`,
      issues: [
        '2:7 warning KIND_UNSUPPORTED AuthorizationPolicy of security.istio.io is not acted on yet: requests that it would deny are let through',
      ],
    },
    {
      when: 'nothing acts on its kind yet, which denies nothing',
      text: `
apiVersion: telemetry.istio.io/v1
kind: Telemetry
`,
      issues: ['2:7 warning KIND_UNSUPPORTED Telemetry of telemetry.istio.io is not acted on yet'],
    },
    {
      when: 'its kind is of the Gateway API',
      text: `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
`,
      issues: ['2:7 warning KIND_UNSUPPORTED HTTPRoute of gateway.networking.k8s.io is not acted on yet'],
    },
    {
      when: 'its kind is no input of a mesh',
      text: `
apiVersion: apps/v1
kind: Deployment
`,
      issues: ['2:7 info KIND_IGNORED Deployment is no input of a mesh'],
    },
    {
      when: "its kind is somebody else's of the same name",
      text: `
apiVersion: serving.knative.dev/v1
kind: Service
`,
      issues: ['2:7 info KIND_IGNORED Service is no input of a mesh'],
    },
    {
      when: "its kind is in nobody's group",
      text: `
apiVersion: security.istio.io/v1
kind: Foo
`,
      issues: ['2:7 error KIND_UNKNOWN security.istio.io has no kind "Foo"'],
    },
    {
      when: 'it has no metadata',
      text: `
apiVersion: v1
kind: Namespace
`,
      issues: ['1:1 error FIELD_MISSING metadata is missing, but required'],
    },
    {
      when: 'it has no name',
      text: `
apiVersion: v1
kind: Service
metadata: {}
`,
      issues: ['3:11 error NAME_INVALID metadata.name is missing, but every object needs a name'],
    },
    {
      when: 'a label is a number',
      text: `
apiVersion: v1
kind: Service
metadata: {name: a, labels: {n: 1}}
`,
      issues: [
        '3:33 error FIELD_TYPE metadata.labels.n is a whole number, expected a text; did you mean "1", in quotes?',
      ],
    },
    {
      when: 'its names are none',
      text: `
apiVersion: v1
kind: Service
metadata: {name: A_B, namespace: x.y, labels: {"a b": c, d: "e f"}, annotations: {internal.istio.io/parents: x}}
`,
      issues: [
        '3:18 error NAME_INVALID metadata.name is "A_B", expected lower-case letters, digits, "-" and "."',
        '3:34 error NAMESPACE_INVALID metadata.namespace is "x.y", expected at most 63 letters, digits and inner dashes',
        '3:48 error LABEL_INVALID "a b" is no key of a label',
        '3:61 error LABEL_INVALID label "d" is "e f", expected at most 63 letters, digits, "-", "_" and "."',
        '3:83 error ANNOTATION_RESERVED annotation "internal.istio.io/parents" is for internal use',
      ],
    },
    {
      when: 'an annotation asks for a dry run where there is none',
      text: `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: a, annotations: {istio.io/dry-run: "true"}}
spec: {egress: [{hosts: ["*/*"]}]}
`,
      issues: [
        '3:35 error ANNOTATION_MISPLACED annotation "istio.io/dry-run" has no meaning on a Sidecar: it would be enforced all the same',
      ],
    },
    {
      when: "a Gateway's name has a dot",
      text: `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: a.b}
spec: {servers: [{port: {number: 1, name: a, protocol: TCP}, hosts: ["*"]}]}
`,
      issues: [
        '3:18 error NAME_INVALID metadata.name is "a.b", expected at most 63 letters, digits and inner dashes: it becomes part of a route\'s name',
      ],
    },
    {
      when: 'a field at the top is misspelt',
      text: `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: a}
specs: {}
spec: {address: 1.1.1.1}
`,
      issues: ['4:1 error FIELD_UNKNOWN unknown field "specs"; did you mean "spec"?'],
    },
    {
      when: 'its spec is missing',
      text: `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: a}
`,
      issues: ['1:1 error FIELD_MISSING spec is missing, but required'],
    },
    {
      when: 'its spec is empty',
      text: `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: a}
spec:
`,
      issues: ['4:1 error FIELD_MISSING spec is missing, but required'],
    },
    {
      when: 'its spec is a number',
      text: `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: 5
spec: 7
`,
      issues: [
        '3:11 error FIELD_TYPE metadata is a whole number, expected an object',
        '4:7 error FIELD_TYPE spec is a whole number, expected an object',
      ],
    },
    {
      when: 'a field is spelt as in protobuf',
      text: `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: a}
spec: {address: 1.1.1.1, service_account: x}
`,
      issues: ['4:26 error FIELD_UNKNOWN unknown field "service_account" in spec; did you mean "serviceAccount"?'],
    },
    {
      when: 'a field stands a level too high',
      text: `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a}
spec:
  hosts: [a]
  timeout: 5s
  http: [{route: [{destination: {host: a}}]}]
`,
      issues: ['6:3 error FIELD_UNKNOWN unknown field "timeout" in spec; "timeout" belongs to spec.http[]'],
    },
    {
      when: 'a duration lacks its unit',
      text: `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a}
spec:
  hosts: [a]
  http: [{route: [{destination: {host: a}}], timeout: 5}]
`,
      issues: [
        '6:55 error FIELD_TYPE spec.http[0].timeout is a whole number, expected a duration of zero or more, such as 0s, 500ms or 1m30s',
      ],
    },
    {
      when: 'a key is written twice',
      text: `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: a}
spec:
  address: 1.1.1.1
  address: 1.1.1.2
`,
      issues: ['6:3 error YAML_SYNTAX the key "address" is written twice in one object'],
    },
    {
      when: 'a field behind a merge is misspelt',
      text: `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: a}
spec:
  hosts: [a.com]
  resolution: STATIC
  endpoints:
  - &e {address: 1.1.1.1, weight: 5}
  - {<<: *e, address: 1.1.1.2, weigth: 1}
`,
      issues: ['9:32 error FIELD_UNKNOWN unknown field "weigth" in spec.endpoints[1]; did you mean "weight"?'],
    },
    {
      when: 'a field within an alias is misspelt',
      text: `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: a}
spec:
  hosts: [a.com]
  resolution: STATIC
  endpoints: [&e {address: 1.1.1.1, weigth: 5}, *e]
`,
      issues: [
        '7:37 error FIELD_UNKNOWN unknown field "weigth" in spec.endpoints[0]; did you mean "weight"?',
        '7:49 error FIELD_UNKNOWN unknown field "weigth" in spec.endpoints[1]; did you mean "weight"?',
      ],
    },
    {
      when: 'its quotes do not end',
      text: `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
spec:
  address: "1.1
`,
      issues: ['5:1 error YAML_SYNTAX deficient indentation'],
    },
    {
      when: 'it is indented by a tab',
      text: `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
spec:
	address: 1.1.1.1
`,
      issues: ['4:1 error YAML_SYNTAX tab characters must not be used in indentation'],
    },
    {
      when: 'it has a tag of a language',
      text: `
apiVersion: !!js/function x
`,
      issues: ['1:13 error YAML_SYNTAX unknown scalar tag !<tag:yaml.org,2002:js/function>'],
    },
    {
      when: "it plays with JavaScript's own names",
      text: `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: a, labels: {__proto__: x, constructor: y}}
spec: {address: 1.1.1.1, __proto__: {x: 1}, toString: 2}
`,
      issues: [
        '4:26 error FIELD_UNKNOWN unknown field "__proto__" in spec',
        '4:45 error FIELD_UNKNOWN unknown field "toString" in spec',
      ],
    },
  ])('$when', ({ text, issues }) => {
    expect(readIssues(text.slice(1))).toEqual(issues);
  });
});
