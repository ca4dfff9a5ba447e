import type { Clock } from '../kit/clock.ts';
import { Fault } from '../kit/fault.ts';
import { createLog } from '../kit/log.ts';
import { agentCallFault } from './grpc/status.ts';
import { requestCertificate } from './identity/ca-client.ts';
import type { Identity } from './identity/certificate.ts';
import { keepRenewed, RenewalTrigger } from './identity/renewal.ts';
import type { AgentMetrics } from './metrics/agent-metrics.ts';
import type { ServerChannel } from './server-channel.ts';
import type { AgentSettings } from './settings/agent-settings.ts';
import type { WorkloadSecrets } from './workload-secrets.ts';

const log = createLog('cache');

const REQUEST = 'CSR';

/** Asks for the workload's certificate and keeps it fresh, until the signal is aborted. */
export async function keepCertificate(
  { certificate }: Pick<AgentSettings, 'certificate'>,
  parts: {
    readonly ca: ServerChannel;
    readonly secrets: WorkloadSecrets;
    readonly metrics: AgentMetrics;
    readonly clock: Clock;
  },
  ended: AbortSignal,
): Promise<void> {
  const { ca, secrets, metrics, clock } = parts;
  const issue = async (signal: AbortSignal): Promise<Identity> => {
    metrics.certificateRequests.increment(REQUEST);
    try {
      await ca.refresh();
      const { credentials, channel } = ca;
      return await requestCertificate(channel, certificate, { credentials, signal, now: () => clock.now() });
    } catch (err) {
      metrics.certificateFailures.increment(REQUEST);
      throw explainRefusal(err, ca);
    }
  };
  const onIssued = (identity: Identity) => {
    secrets.setIdentity(identity).catch((err: unknown) => {
      const folder = certificate.outputFolder;
      log.error({ event: 'certificate.output', err }, `the certificate could not be written to ${folder}`);
    });
  };
  await keepRenewed({ ...certificate, clock, issue, onIssued }, ended, new RenewalTrigger());
}

/** Why somebody is refused, the CA keeps to itself: where to look is what we can say. */
function explainRefusal(err: unknown, ca: ServerChannel): unknown {
  if (!(err instanceof Fault) || err.code !== 'AGENT_CALL_REFUSED') return err;
  return agentCallFault('AGENT_CALL_REFUSED', `${err.message}; ${ca.describeCredentials()}`, err);
}
