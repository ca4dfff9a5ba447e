import { readFile } from 'node:fs/promises';
import {
  applyCapture,
  type CaptureMeans,
  cleanCapture,
  findFamilies,
  printCapture,
} from '../../agent/capture/capture.ts';
import { parseNameservers } from '../../agent/capture/resolv-conf.ts';
import {
  type CaptureSettings,
  checkOwnerGroups,
  type OrAll,
  parseCidrs,
  parseDevices,
  parseIds,
  parseOrAll,
  parsePorts,
} from '../../agent/capture/settings.ts';
import { createRunTool } from '../../agent/capture/tool.ts';
import { findUid } from '../../agent/capture/user.ts';
import { validateCapture } from '../../agent/capture/validation.ts';
import { Fault } from '../../kit/fault.ts';
import { configureLogs } from '../../kit/log.ts';
import { parseLogLevels } from '../../kit/log-levels.ts';
import { type CommandContext, defineCommand, ExitCode } from '../command.ts';
import { type FlagValues, flag } from '../flag.ts';
import { durationFlag } from './duration-flag.ts';

/** Names, letters, variables and defaults are istio-iptables'. @see istio tools/istio-iptables/pkg/cmd/root.go */
const flags = {
  envoyPort: flag.integer('Where the proxy takes outbound traffic.', {
    letter: 'p',
    env: 'ENVOY_PORT',
    default: 15001,
  }),
  inboundCapturePort: flag.integer('Where it takes inbound traffic.', {
    letter: 'z',
    env: 'INBOUND_CAPTURE_PORT',
    default: 15006,
  }),
  inboundTunnelPort: flag.integer('HBONE, which is left alone.', {
    letter: 'e',
    env: 'INBOUND_TUNNEL_PORT',
    default: 15008,
  }),
  proxyUid: flag.string("Users whose traffic is the proxy's own, by default that of istio-proxy, or 1337.", {
    letter: 'u',
    env: 'PROXY_UID',
  }),
  proxyGid: flag.string("Groups whose traffic is the proxy's own, by default the numbers of the users.", {
    letter: 'g',
    env: 'PROXY_GID',
  }),
  istioInboundInterceptionMode: flag.oneOf(['REDIRECT', 'TPROXY'], 'How inbound traffic is captured.', {
    letter: 'm',
    env: 'ISTIO_INBOUND_INTERCEPTION_MODE',
  }),
  istioInboundPorts: flag.string('Inbound ports to capture, * for all.', {
    letter: 'b',
    env: 'ISTIO_INBOUND_PORTS',
    default: '',
  }),
  istioLocalExcludePorts: flag.string('Inbound ports to leave alone where all are captured.', {
    letter: 'd',
    env: 'ISTIO_LOCAL_EXCLUDE_PORTS',
    default: '',
  }),
  istioExcludeInterfaces: flag.string('Network devices to leave alone.', {
    letter: 'c',
    env: 'ISTIO_EXCLUDE_INTERFACES',
    default: '',
  }),
  istioServiceCidr: flag.string('Destinations to capture, as ranges, * for all.', {
    letter: 'i',
    env: 'ISTIO_SERVICE_CIDR',
    default: '',
  }),
  istioServiceExcludeCidr: flag.string('Destinations to leave alone, as ranges.', {
    letter: 'x',
    env: 'ISTIO_SERVICE_EXCLUDE_CIDR',
    default: '',
  }),
  istioOutboundPorts: flag.string('Outbound ports to capture wherever they lead.', {
    letter: 'q',
    env: 'ISTIO_OUTBOUND_PORTS',
    default: '',
  }),
  istioLocalOutboundPortsExclude: flag.string('Outbound ports to leave alone.', {
    letter: 'o',
    env: 'ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE',
    default: '',
  }),
  kubeVirtInterfaces: flag.string('Devices of virtual machines, whose inbound traffic is outbound.', {
    letter: 'k',
    env: 'KUBE_VIRT_INTERFACES',
    default: '',
  }),
  istioInboundTproxyMark: flag.integer('Mark of packets for the proxy in TPROXY mode.', {
    letter: 't',
    env: 'ISTIO_INBOUND_TPROXY_MARK',
    default: 1337,
  }),
  istioInboundTproxyRouteTable: flag.integer('Routing table for these.', {
    letter: 'r',
    env: 'ISTIO_INBOUND_TPROXY_ROUTE_TABLE',
    default: 133,
  }),
  redirectDns: flag.boolean("Send DNS to the agent: requests to this machine's servers.", { env: 'REDIRECT_DNS' }),
  captureAllDns: flag.boolean('Send all DNS to the agent; with --redirect-dns.', { env: 'CAPTURE_ALL_DNS' }),
  dropInvalid: flag.boolean('Drop packets outside of any connection.', { env: 'INVALID_DROP' }),
  dualStack: flag.boolean('Capture IPv4 and IPv6.', { env: 'DUAL_STACK' }),
  ownerGroups: flag.string('Groups whose traffic is captured, * for all.', {
    env: 'ISTIO_OUTBOUND_OWNER_GROUPS',
    default: '*',
  }),
  ownerGroupsExclude: flag.string('Groups whose traffic is not.', {
    env: 'ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE',
    default: '',
  }),
  loopbackCidr: flag.string('What counts as the pod itself.', {
    env: 'ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR',
    default: '127.0.0.1/32',
  }),
  nativeNftables: flag.boolean('Write nftables instead of iptables.', { env: 'NATIVE_NFTABLES' }),
  forceIptablesBinary: flag.string('legacy or nft, where both are there.', { env: 'FORCE_IPTABLES_BINARY' }),
  networkNamespace: flag.string('File of the network namespace to change; this one by default.', {
    env: 'NETWORK_NAMESPACE',
  }),
  dryRun: flag.boolean('Print what would be written, and write nothing.', { letter: 'n', env: 'DRY_RUN' }),
  skipRuleApply: flag.boolean('Write nothing; with --run-validation.', { env: 'SKIP_RULE_APPLY' }),
  runValidation: flag.boolean('Prove that traffic is captured; exit code 126 when it is not.', {
    env: 'RUN_VALIDATION',
  }),
  iptablesProbePort: flag.integer('A port where nobody listens, for that proof.', {
    env: 'IPTABLES_PROBE_PORT',
    default: 15002,
  }),
  probeTimeout: durationFlag('How long to wait for it.', { env: 'PROBE_TIMEOUT', default: '5s' }),
  cleanupOnly: flag.boolean('Take the rules away.', { env: 'CLEANUP_ONLY' }),
  forceApply: flag.boolean('Write even what is there already.', { env: 'FORCE_APPLY' }),
  reconcile: flag.boolean(
    'Understood, without effect: what an earlier run left is always replaced, in one step a table.',
  ),
  cniMode: flag.boolean('Understood, without effect: name a --network-namespace.'),
  iptablesTraceLogging: flag.boolean('Understood, without effect.'),
  log_output_level: flag.list('Log levels by scope, `default:info`.'),
  log_as_json: flag.boolean('One JSON object a line.'),
} as const;

export const iptables = defineCommand({
  name: 'iptables',
  aliases: ['istio-iptables'],
  summary: "Send a pod's traffic through its proxy.",
  details: 'Rules are written in one step, and only where they are not there yet. Needs NET_ADMIN.',
  examples: [
    {
      does: 'What an init container runs: everything in and out goes through the proxy',
      lines: ["pilothouse iptables -p 15001 -z 15006 -u 1337 -m REDIRECT -i '*' -b '*' -d 15090,15021,15020"],
    },
    {
      does: 'The same as text, and away with it',
      lines: ["pilothouse iptables -i '*' -b '*' --dry-run", 'pilothouse iptables --cleanup-only'],
    },
  ],
  flags,
  async run(values, context) {
    const { levels } = parseLogLevels(values.log_output_level.join(','));
    configureLogs({ levels, ...(values.log_as_json && { format: 'json' as const }) });
    const settings = await readSettings(values);
    const means = readMeans(values);
    if (values.dryRun) {
      context.print(printCapture(settings, means.families, means.isNftables).trimEnd());
      return ExitCode.ok;
    }
    if (values.cleanupOnly) await cleanCapture(settings, means);
    else if (!values.skipRuleApply) await applyCapture(settings, means);
    return values.runValidation ? validate(values, means, context) : ExitCode.ok;
  },
});

type Values = FlagValues<typeof flags>;

async function readSettings(values: Values): Promise<CaptureSettings> {
  const proxyUid = values.proxyUid ?? String((await findUid('istio-proxy')) ?? 1337);
  const ownerGroups = parseOrAll(values.ownerGroups, (text) => parseIds(text, 'ISTIO_OUTBOUND_OWNER_GROUPS'));
  const ownerGroupsExcluded = parseIds(values.ownerGroupsExclude, 'ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE');
  checkOwnerGroups(ownerGroups, ownerGroupsExcluded);
  return {
    proxyPort: values.envoyPort,
    inboundPort: values.inboundCapturePort,
    tunnelPort: values.inboundTunnelPort,
    proxyUids: parseIds(proxyUid, '--proxy-uid'),
    proxyGids: parseIds(values.proxyGid ?? proxyUid, '--proxy-gid'),
    mode: values.istioInboundInterceptionMode,
    tproxyMark: values.istioInboundTproxyMark,
    tproxyRouteTable: values.istioInboundTproxyRouteTable,
    inboundPorts: parseOrAll(values.istioInboundPorts, (text) => parsePorts(text, '--istio-inbound-ports')),
    inboundPortsExcluded: parsePorts(values.istioLocalExcludePorts, '--istio-local-exclude-ports'),
    outboundPorts: parsePorts(values.istioOutboundPorts, '--istio-outbound-ports'),
    outboundPortsExcluded: parsePorts(values.istioLocalOutboundPortsExclude, '--istio-local-outbound-ports-exclude'),
    outboundRanges: parseOrAll(values.istioServiceCidr, (text) => parseCidrs(text, '--istio-service-cidr')),
    outboundRangesExcluded: parseCidrs(values.istioServiceExcludeCidr, '--istio-service-exclude-cidr'),
    ownerGroups,
    ownerGroupsExcluded,
    virtualInterfaces: parseDevices(values.kubeVirtInterfaces, '--kube-virt-interfaces'),
    interfacesExcluded: parseDevices(values.istioExcludeInterfaces, '--istio-exclude-interfaces'),
    dns: await findDns(values),
    dropsInvalid: values.dropInvalid,
    loopback: values.loopbackCidr,
  };
}

async function findDns({ redirectDns, captureAllDns }: Values): Promise<OrAll<string> | undefined> {
  if (!redirectDns) return undefined;
  if (captureAllDns) return '*';
  const servers = parseNameservers(await readFile('/etc/resolv.conf', 'utf8'));
  return servers.length === 0 ? undefined : servers;
}

function readMeans(values: Values): CaptureMeans {
  const { forceIptablesBinary: binary } = values;
  return {
    run: createRunTool(values.networkNamespace),
    families: findFamilies(values.dualStack),
    isNftables: values.nativeNftables,
    variant: binary === 'legacy' || binary === 'nft' ? binary : undefined,
    isForced: values.forceApply,
  };
}

async function validate(values: Values, { families }: CaptureMeans, context: CommandContext): Promise<ExitCode> {
  try {
    await validateCapture({
      families,
      proxyPort: values.envoyPort,
      inboundPort: values.inboundCapturePort,
      probePort: values.iptablesProbePort,
      timeoutMs: values.probeTimeout,
      retryMs: 1000,
    });
    return ExitCode.ok;
  } catch (err) {
    const fault = Fault.from(err);
    if (fault.code !== 'CAPTURE_MISSING') throw err;
    context.printError(
      `${fault.message} (${fault.code}): with Istio's CNI this happens to a pod that is scheduled before its node is ready; let its repair ` +
        'controller delete the pod, or delete it yourself',
    );
    return ExitCode.notCaptured;
  }
}
