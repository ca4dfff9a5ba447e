import { defineCommand } from '../command.ts';
import { flag } from '../flag.ts';

/** Flags are pilot-agent's. @see istio pilot/cmd/pilot-agent/app/cmd.go */
export const agent = defineCommand({
  name: 'agent',
  aliases: ['proxy'],
  summary: 'Run a proxy: a stock Envoy, its certificate, its configuration.',
  details:
    "What pilot-agent's `proxy` is to Istio's own Envoy. Who this is and where the control plane is come from pilot-agent's environment, the pod's " +
    'labels and annotations (./etc/istio/pod), and the ProxyConfig; paths are relative to the working folder.',
  examples: [
    {
      does: "A sidecar, as an injected pod's container starts it",
      lines: ['pilothouse proxy sidecar --domain default.svc.cluster.local'],
    },
    { does: 'A gateway', lines: ['pilothouse proxy router --proxyLogLevel=warning'] },
  ],
  flagNames: 'verbatim',
  positional: 'type',
  toleratesUnknown: true,
  flags: {
    type: flag.oneOf(['sidecar', 'router'], 'A sidecar serves one workload, a router is a gateway.'),
    domain: flag.string('DNS domain, by default <namespace>.svc.cluster.local.', { default: '' }),
    meshConfig: flag.string('File with the mesh configuration, whose defaultConfig counts.', {
      default: './etc/istio/config/mesh',
    }),
    serviceCluster: flag.string('Name of the service; by default from labels.', { default: '' }),
    proxyLogLevel: flag.string("Envoy's log level.", { default: 'warning' }),
    proxyComponentLogLevel: flag.string("Envoy's log levels by component.", { default: 'misc:error' }),
    concurrency: flag.integer("Envoy's worker threads; 0 for what ProxyConfig or the CPU limit say.", { default: 0 }),
    log_output_level: flag.list('Log levels by scope, `xdsproxy:debug,default:info`.'),
    log_as_json: flag.boolean('One JSON object a line.'),
  },
  async run(values, { env, signal, printError }) {
    // Loaded only here: every pod pays for what this process loads.
    const { startAgentCommand } = await import('../../agent/agent-command.ts');
    return startAgentCommand(values, { env, signal, printError });
  },
});
