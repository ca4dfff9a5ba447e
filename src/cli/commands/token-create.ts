import { stat } from 'node:fs/promises';
import { openJoinKey } from '../../ca/join-key.ts';
import { createJoinToken } from '../../ca/join-token.ts';
import { defineCommand, ExitCode } from '../command.ts';
import { flag } from '../flag.ts';
import { durationFlag } from './duration-flag.ts';

/** Kubernetes' names of namespaces and accounts: a SPIFFE id holds nothing else. */
const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

const nameFlag = flag.parsed<string>('name', (text) =>
  NAME.test(text) ? { ok: true, value: text } : { ok: false, expected: 'lower-case letters, digits, dashes' },
);

/** `pilothouse token create`: lets a workload in where there is no Kubernetes to vouch for it. */
export const tokenCreate = defineCommand({
  name: 'token create',
  summary: 'Make a token that a workload proves its identity with.',
  details:
    'For control planes without a cluster. The agent gives the token where it would give that of its service account;\n' +
    'whoever has it gets certificates of this identity until it expires.',
  examples: [
    {
      does: "Let a machine join as the service account shop/reviews, within an hour's time",
      lines: [
        'pilothouse token create --namespace shop --service-account reviews --ttl 1h --state-dir ./state > istio-token',
      ],
    },
  ],
  flags: {
    namespace: nameFlag('Namespace of the workload.', { default: 'default' }),
    serviceAccount: nameFlag('Service account of the workload.', { default: 'default' }),
    ttl: durationFlag('How long the token is good for.', { default: '1h' }),
    stateDir: flag.string("The control plane's --stateDir.", { env: 'PILOTHOUSE_STATE_DIR', required: true }),
  },
  async run({ namespace, serviceAccount, ttl, stateDir }, { print, printError }) {
    // A key made here would be one that no control plane knows.
    if (!(await isFolder(stateDir))) {
      printError(
        `--state-dir: no control plane has kept anything in ${stateDir}: start it with that as its --stateDir first`,
      );
      return ExitCode.failed;
    }
    const key = await openJoinKey(stateDir);
    print(createJoinToken(key, { namespace, serviceAccount, ttlMs: ttl, nowMs: Date.now() }));
    return ExitCode.ok;
  },
});

async function isFolder(place: string): Promise<boolean> {
  const found = await stat(place).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
