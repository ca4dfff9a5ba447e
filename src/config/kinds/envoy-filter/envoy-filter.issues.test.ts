import { describe, expect, it } from 'vitest';
import { parseObject } from '../../parse-object.ts';
import { readDocuments } from '../../read/read-documents.ts';
import { DEFAULT_CONTEXT } from '../../context.ts';
import { toLine } from '../../../../test/support/issues.ts';

const HEAD =
  'apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: x, namespace: own}\nspec:\n';

/** The issues of a spec; line 1 is its first. What every EnvoyFilter is told is left out. */
function read(spec: string): readonly string[] {
  const indented = spec.trim().replaceAll(/^/gm, '  ');
  const [document] = readDocuments(HEAD + indented, 'test.yaml');
  if (document === undefined) throw new Error('the text holds no document');
  const { issues } = parseObject(document, DEFAULT_CONTEXT);
  return issues.filter(({ code }) => code !== 'ENVOY_FILTER_INTERNAL').map((issue) => toLine(issue, 4, 2));
}

describe('EnvoyFilter: issues when', () => {
  it.each([
    { when: 'there is nothing in it', spec: '{}', issues: [] },
    {
      when: 'patches are incomplete',
      spec: `
configPatches:
- {}
- applyTo: CLUSTER
- {applyTo: CLUSTER, patch: {}}
- {applyTo: CLUSTER, patch: {operation: MERGE}}
- {applyTo: CLUSTER, patch: {operation: REMOVE}}
`,
      issues: [
        '2:3 error FIELD_MISSING spec.configPatches[0].applyTo is missing, but required',
        '2:3 error FIELD_MISSING spec.configPatches[0].patch is missing, but required',
        '3:3 error FIELD_MISSING spec.configPatches[1].patch is missing, but required',
        '4:29 error FIELD_MISSING spec.configPatches[2].patch.operation is missing, but required',
      ],
    },
    {
      when: 'a value is missing',
      spec: `
configPatches:
- {applyTo: CLUSTER, patch: {operation: MERGE}}
- {applyTo: CLUSTER, patch: {operation: REMOVE}}
`,
      issues: ['2:29 error FIELD_MISSING spec.configPatches[0].patch.value is missing, but MERGE needs one'],
    },
    {
      when: 'names are unknown',
      spec: `
configPatches:
- {applyTo: CLUSTERS, patch: {operation: MERGES, value: {}}}
`,
      issues: [
        '2:13 error ENUM_UNKNOWN spec.configPatches[0].applyTo is "CLUSTERS", expected LISTENER, FILTER_CHAIN, NETWORK_FILTER, HTTP_FILTER, ROUTE_CONFIGURATION, VIRTUAL_HOST, HTTP_ROUTE, CLUSTER, EXTENSION_CONFIG, BOOTSTRAP or LISTENER_FILTER; did you mean CLUSTER?',
        '2:42 error ENUM_UNKNOWN spec.configPatches[0].patch.operation is "MERGES", expected MERGE, ADD, REMOVE, INSERT_BEFORE, INSERT_AFTER, INSERT_FIRST, REPLACE or MERGE_AND_REPLACE_LIST; did you mean MERGE?',
      ],
    },
    {
      when: 'a match is of several kinds',
      spec: `
configPatches:
- applyTo: HTTP_FILTER
  match: {routeConfiguration: {}, cluster: {}}
  patch: {operation: ADD, value: {name: a, typed_config: {"@type": "x/envoy.extensions.filters.http.cors.v3.Cors"}}}
`,
      issues: [
        '3:35 error FIELD_EXCLUSIVE spec.configPatches[0].match may have only one of routeConfiguration and cluster',
      ],
    },
    {
      when: 'a match is of another kind',
      spec: `
configPatches:
- applyTo: CLUSTER
  match: {listener: {}}
  patch: {operation: REMOVE}
- applyTo: HTTP_ROUTE
  match: {cluster: {}}
  patch: {operation: REMOVE}
`,
      issues: [
        '3:11 error ENVOY_FILTER_MATCH a CLUSTER is matched by cluster, not by listener',
        '6:11 error ENVOY_FILTER_MATCH a HTTP_ROUTE is matched by routeConfiguration, not by cluster',
      ],
    },
    {
      when: 'filters are matched wrongly',
      spec: `
configPatches:
- applyTo: NETWORK_FILTER
  match: {listener: {filterChain: {filter: {}}}}
  patch: {operation: REMOVE}
- applyTo: NETWORK_FILTER
  match: {listener: {filterChain: {filter: {name: a, subFilter: {name: b}}}}}
  patch: {operation: REMOVE}
- applyTo: HTTP_FILTER
  match: {listener: {filterChain: {filter: {name: envoy.http_connection_manager, subFilter: {}}}}}
  patch: {operation: REMOVE}
- applyTo: LISTENER
  match: {listener: {filterChain: {filter: {name: a}}}}
  patch: {operation: REMOVE}
- applyTo: LISTENER_FILTER
  patch: {operation: REMOVE}
`,
      issues: [
        '3:10 warning ENVOY_FILTER_NO_EFFECT REMOVE of a NETWORK_FILTER has no effect where the match does not name the filter',
        '3:44 error FIELD_MISSING spec.configPatches[0].match.listener.filterChain.filter.name is missing, but required',
        '6:54 error ENVOY_FILTER_MATCH subFilter is for HTTP_FILTER, not for a NETWORK_FILTER',
        '6:54 error ENVOY_FILTER_MATCH only the filter envoy.filters.network.http_connection_manager has filters of its own',
        '9:10 warning ENVOY_FILTER_NO_EFFECT REMOVE of a HTTP_FILTER has no effect where the match does not name the filter',
        '9:51 warning ENVOY_FILTER_NO_EFFECT "envoy.http_connection_manager" is no name of a filter any more: nothing has it, so nothing matches',
        '9:93 error FIELD_MISSING spec.configPatches[2].match.listener.filterChain.filter.subFilter.name is missing, but required',
        '12:36 warning ENVOY_FILTER_NO_EFFECT a match by filter has no effect on a LISTENER',
        '14:3 warning ENVOY_FILTER_NO_EFFECT REMOVE of a LISTENER_FILTER has no effect where the match does not name the filter',
      ],
    },
    {
      when: 'the value is not what it is for',
      spec: `
configPatches:
- applyTo: CLUSTER
  patch: {operation: MERGE, value: {connect_timeout: soon}}
- applyTo: HTTP_FILTER
  patch:
    operation: INSERT_FIRST
    value:
      name: a
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer
        max_request_bytes: many
- applyTo: HTTP_FILTER
  patch: {operation: ADD, value: {name: a, typed_config: {"@type": "type.googleapis.com/envoy.config.filter.http.lua.v2.Lua"}}}
`,
      issues: [
        '3:54 error ENVOY_FILTER_VALUE spec.configPatches[0].patch.value.connect_timeout is not what envoy.config.cluster.v3.Cluster takes there: expected a duration such as "1.5s", got "soon"',
        '11:28 error ENVOY_FILTER_VALUE spec.configPatches[1].patch.value.typed_config.max_request_bytes is not what envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter takes there: expected a number, got "many"',
        "13:68 error ENVOY_FILTER_VALUE type.googleapis.com/envoy.config.filter.http.lua.v2.Lua is a type of Envoy's API v2, which is gone: expected its type of v3",
      ],
    },
    {
      when: 'the value names what is not known here',
      spec: `
configPatches:
- applyTo: CLUSTER
  patch: {operation: MERGE, value: {newer: 1}}
- applyTo: HTTP_FILTER
  patch: {operation: ADD, value: {name: a, typed_config: {"@type": "type.googleapis.com/newer.v3.X"}}}
- applyTo: HTTP_FILTER
  patch: {operation: ADD, value: {name: a}}
- applyTo: LISTENER_FILTER
  match: {listener: {listenerFilter: a}}
  patch:
    operation: MERGE
    value:
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector
        newer: 1
`,
      issues: [
        '3:37 warning ENVOY_FILTER_FOREIGN the field "newer" is not known here; it is left out of the envoy.config.cluster.v3.Cluster',
        '5:68 warning ENVOY_FILTER_FOREIGN the type type.googleapis.com/newer.v3.X is not known here; it is passed on as written, and Envoy decides',
        '7:34 warning ENVOY_FILTER_UNTYPED spec.configPatches[2].patch.value has no typed_config, and Envoy knows filters by the types of their settings',
        '15:9 warning ENVOY_FILTER_FOREIGN the field "newer" is not known here; it is left out of the envoy.config.listener.v3.ListenerFilter',
      ],
    },
    {
      when: 'a patch can have no effect',
      spec: `
configPatches:
- {applyTo: BOOTSTRAP, patch: {operation: MERGE, value: {}}}
- {applyTo: ROUTE_CONFIGURATION, patch: {operation: REMOVE}}
- {applyTo: CLUSTER, match: {context: WAYPOINT, listener: {}}, patch: {operation: MERGE}}
- {applyTo: CLUSTER, match: {proxy: {proxyVersion: "(?=x)"}}, patch: {operation: REMOVE}}
`,
      issues: [
        '2:13 warning ENVOY_FILTER_NO_EFFECT a proxy reads its bootstrap before it asks for anything, so a patch of BOOTSTRAP has no effect here',
        '3:53 warning ENVOY_FILTER_NO_EFFECT REMOVE has no effect on a ROUTE_CONFIGURATION, expected MERGE, MERGE_AND_REPLACE_LIST',
        '4:39 warning ENVOY_FILTER_NO_EFFECT context WAYPOINT is not acted on, so the patch has no effect',
        '5:52 error REGEX_INVALID spec.configPatches[3].match.proxy.proxyVersion is no RE2 expression: RE2, which proxies use, has no lookahead and no lookbehind',
      ],
    },
    {
      when: 'it is attached to what it cannot be attached to',
      spec: `
targetRefs:
- {kind: Deployment, group: apps, name: x}
- {kind: Gateway, group: gateway.networking.k8s.io, name: x, namespace: other}
`,
      issues: [
        '2:10 error TARGET_INVALID spec.targetRefs[0] is a "apps/Deployment", expected Gateway or GatewayClass of gateway.networking.k8s.io, ServiceEntry of networking.istio.io, or Service',
        '3:73 error TARGET_INVALID spec.targetRefs[1] names a namespace, but only its own is possible',
      ],
    },
  ])('$when', ({ spec, issues }) => {
    expect(read(spec)).toEqual(issues);
  });
});
