import type { Static } from 'typebox';
import { isIpAddress } from '../../model/cidr.ts';
import type { Issue } from '../../model/issue.ts';
import type { ConfigMap } from '../../model/kubernetes.ts';
import type { MeshNetwork } from '../../model/mesh-network.ts';
import { compareText } from '../../model/object.ts';
import { Pointer } from '../pointer.ts';
import type { ConfigDocument } from '../read/config-document.ts';
import { IssueReport } from '../report.ts';
import { explainViolations } from '../schema/explain.ts';
import { isFqdn } from '../schema/names.ts';
import { compileValidator, type Validator } from '../schema/validate.ts';
import { MESH_NETWORKS } from './mesh-networks-spec.ts';
import { reportUnused, tolerate } from './tolerate.ts';

type WrittenNetworks = Static<typeof MESH_NETWORKS>;
type WrittenNetwork = NonNullable<WrittenNetworks['networks']>[string];

/** What became of a text of networks. */
export interface MeshNetworksResult {
  /** By name. Absent when an issue is an error: the last good ones, or none, go on. */
  readonly networks?: readonly MeshNetwork[];
  readonly issues: readonly Issue[];
}

/** The key of ConfigMap `istio` that holds the networks. */
export const NETWORKS_KEY = 'meshNetworks';

let validator: Validator<WrittenNetworks> | undefined;

/**
 * Reads MeshNetworks. As in the mesh's other settings, fields that do not exist are noted and passed over.
 *
 * @param document The text: a file of its own, or {@link findNetworksDocument}.
 * @see istio pkg/config/validation/agent `ValidateMeshNetworks`
 */
export function parseMeshNetworks(document: ConfigDocument): MeshNetworksResult {
  const report = new IssueReport(document);
  const parsed = document.parse();
  if (parsed.kind === 'empty') return { networks: [], issues: [] };
  if (parsed.kind === 'broken') {
    report.add('YAML_SYNTAX', [], parsed.reason, 'value', document.originAt(parsed.place));
    return { issues: report.issues };
  }
  const { value } = parsed;
  validator ??= compileValidator<WrittenNetworks>(MESH_NETWORKS);
  if (!tolerate(value, validator, MESH_NETWORKS, report)) {
    explainViolations(value, MESH_NETWORKS, validator.errors ?? [], report);
    return { issues: report.issues };
  }
  reportUnused(value, MESH_NETWORKS, Pointer.root, report);
  checkNetworks(value, report);
  return report.hasErrors ? { issues: report.issues } : { networks: toNetworks(value), issues: report.issues };
}

/** The networks inside of a ConfigMap, placed within the file of the ConfigMap; `undefined` when it holds none. */
export function findNetworksDocument(document: ConfigDocument, configMap: ConfigMap): ConfigDocument | undefined {
  const text = configMap.data[NETWORKS_KEY];
  return text === undefined ? undefined : document.nested(['data', NETWORKS_KEY], text);
}

function checkNetworks({ networks = {} }: WrittenNetworks, report: IssueReport): void {
  const clusters = new Map<string, string>();
  for (const [name, network] of Object.entries(networks)) {
    const at = Pointer.root.to('networks').to(name);
    checkGateways(network, at.to('gateways'), report);
    for (const [index, { fromRegistry = '' }] of (network.endpoints ?? []).entries()) {
      const other = clusters.get(fromRegistry);
      if (fromRegistry === '' || other === name) continue;
      if (other === undefined) clusters.set(fromRegistry, name);
      else {
        const place = at.to('endpoints').to(index).to('fromRegistry');
        report.add('NETWORK_REPEATED', place, `cluster "${fromRegistry}" is in network "${other}" already`);
      }
    }
  }
}

function checkGateways({ gateways = [] }: WrittenNetwork, at: Pointer, report: IssueReport): void {
  for (const [index, { address = '', registryServiceName = '' }] of gateways.entries()) {
    const place = at.to(index);
    if (address === '' && registryServiceName === '') {
      report.add('FIELD_MISSING', place, `${place} says neither address nor registryServiceName`);
    } else if (address !== '' && !isIpAddress(address) && !isFqdn(address)) {
      const message = `${place.to('address')} is "${address}", expected an IP address or a DNS name`;
      report.add('ADDRESS_INVALID', place.to('address'), message);
    }
  }
}

function toNetworks({ networks = {} }: WrittenNetworks): readonly MeshNetwork[] {
  return Object.entries(networks)
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, { endpoints = [], gateways = [] }]) => ({
      name,
      cidrs: endpoints.flatMap(({ fromCidr = '' }) => (fromCidr === '' ? [] : [fromCidr])),
      clusters: endpoints.flatMap(({ fromRegistry = '' }) => (fromRegistry === '' ? [] : [fromRegistry])),
      gateways: gateways.map(({ address = '', registryServiceName: service = '', port }) => ({
        address,
        service,
        port,
      })),
    }));
}
