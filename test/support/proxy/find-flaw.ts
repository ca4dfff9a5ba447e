import { RE2JS } from 're2js';
import type { MessageTypes } from '../../../src/gen/messages.ts';
import { msOf } from '../simulation/units.ts';
import type { Resource } from './resource-type.ts';

/**
 * Why any Envoy would refuse a resource, in its words; `undefined` when nothing is known. Far from all that Envoy checks: what compile code
 * could get wrong for a user who did nothing wrong. The rest is for conformance tests.
 */
export function findFlaw(resource: Resource): string | undefined {
  switch (resource.type) {
    case 'rds':
      return findRouteFlaw(resource.message);
    case 'lds':
      return findListenerFlaw(resource.message);
    case 'cds':
      return msOf(resource.message.connect_timeout) === 0 ? 'connect_timeout must be greater than 0' : undefined;
    case 'eds':
    case 'sds':
      return undefined;
  }
}

function findRouteFlaw({ virtual_hosts = [] }: MessageTypes['envoy.config.route.v3.RouteConfiguration']) {
  const name = findRepeated(virtual_hosts.map((host) => host.name ?? ''));
  if (name !== undefined) return `Only unique names for virtual hosts are permitted. Duplicate entry of '${name}'`;
  const domain = findRepeated(virtual_hosts.flatMap(({ domains = [] }) => domains.map((text) => text.toLowerCase())));
  if (domain !== undefined) return `Only unique values for domains are permitted. Duplicate entry of domain ${domain}`;
  for (const { match, route } of virtual_hosts.flatMap(({ routes = [] }) => routes)) {
    const flaw = findRegexFlaw(match?.safe_regex?.regex) ?? findRegexFlaw(route?.regex_rewrite?.pattern?.regex);
    if (flaw !== undefined) return flaw;
    const weights = route?.weighted_clusters?.clusters?.map(({ weight }) => weight?.value ?? 0);
    if (weights?.every((weight) => weight === 0))
      return 'Sum of weights in the weighted_cluster must be greater than 0.';
  }
  return undefined;
}

function findListenerFlaw({ filter_chains = [] }: MessageTypes['envoy.config.listener.v3.Listener']) {
  const matches = filter_chains.flatMap(({ filter_chain_match = {} }) => {
    const { server_names = [''], prefix_ranges = [{}], application_protocols = [''], ...rest } = filter_chain_match;
    return server_names.flatMap((name) =>
      prefix_ranges.flatMap((range) => application_protocols.map((alpn) => JSON.stringify([name, range, alpn, rest]))),
    );
  });
  const repeated = findRepeated(matches);
  return repeated && `multiple filter chains with overlapping matching rules are defined: ${repeated}`;
}

function findRegexFlaw(regex: string | undefined): string | undefined {
  if (regex === undefined) return undefined;
  try {
    RE2JS.compile(regex);
    return undefined;
  } catch (err) {
    return err instanceof Error ? err.message : String(err);
  }
}

function findRepeated(list: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return list.find((item) => seen.size === seen.add(item).size);
}
