import type { MtlsMode, PeerAuthentication } from '../../model/peer-authentication.ts';
import { AGE, type CheckInput, defineKind } from '../define-kind.ts';
import { LABELS, checkLabelKeys, checkSelector } from '../parts/workload-selector.ts';
import type { Pointer } from '../pointer.ts';
import { present } from '../present.ts';
import { choice, mapOf, object } from '../schema/fields.ts';

const MODE = choice('What is taken: plaintext (DISABLE), mutual TLS (STRICT) or both (PERMISSIVE).', [
  'UNSET',
  'DISABLE',
  'PERMISSIVE',
  'STRICT',
]);

const MUTUAL_TLS = object('Whether peers have to show who they are.', { required: {}, optional: { mode: MODE } });

const SPEC = object(
  'How workloads take the connections of their peers.',
  {
    required: {},
    optional: {
      selector: object(
        'Picks workloads of the same namespace.',
        { required: {}, optional: { matchLabels: LABELS } },
        { absent: 'every workload, and in the root namespace those of the whole mesh' },
      ),
      mtls: { ...MUTUAL_TLS, absent: 'as the wider policy says' },
      portLevelMtls: mapOf('The same for single ports of the selected workloads, by their own number.', MUTUAL_TLS, {
        rules: [
          { rule: 'size(self) > 0', message: 'must have ports' },
          { rule: 'self.all(port, 0 < int(port) && int(port) <= 65535)', message: 'ports are numbers from 1 to 65535' },
        ],
      }),
    },
  },
  {
    rules: [
      {
        rule: '!has(self.portLevelMtls) || (has(self.selector) && has(self.selector.matchLabels) && size(self.selector.matchLabels) > 0)',
        message: 'portLevelMtls needs a selector with labels',
      },
    ],
  },
);

const MODES = {
  UNSET: undefined,
  DISABLE: 'disable',
  PERMISSIVE: 'permissive',
  STRICT: 'strict',
} as const satisfies Readonly<Record<string, MtlsMode | undefined>>;

/** Istio's PeerAuthentication. */
export const peerAuthentication = defineKind({
  group: 'security.istio.io',
  kind: 'PeerAuthentication',
  plural: 'peerauthentications',
  versions: ['v1', 'v1beta1'],
  scope: 'namespaced',
  affects: ['listener', 'cluster', 'endpoint'],
  description: 'How workloads take the connections of their peers: in plaintext, with mutual TLS, or both.',
  shortNames: ['pa'],
  columns: [{ name: 'Mode', type: 'string', jsonPath: '.spec.mtls.mode', description: 'What is taken.' }, AGE],
  spec: SPEC,
  check({ selector, portLevelMtls }, at, input) {
    const labels = selector?.matchLabels ?? {};
    const isSelecting = Object.keys(labels).length > 0;
    if (selector && !isSelecting) checkSelector(labels, at.to('selector'), input);
    else checkLabelKeys(labels, at.to('selector').to('matchLabels'), input);
    if (portLevelMtls === undefined) return;
    checkPorts(Object.keys(portLevelMtls), { isSelecting, at: at.to('portLevelMtls'), input });
  },
  parse({ selector, mtls, portLevelMtls = {} }, { meta }): PeerAuthentication {
    const labels = selector?.matchLabels ?? {};
    return {
      meta,
      ...present({
        selector: Object.keys(labels).length > 0 ? labels : undefined,
        mode: MODES[mtls?.mode ?? 'UNSET'],
      }),
      ports: Object.entries(portLevelMtls)
        .map(([port, { mode }]) => [Number(port), MODES[mode ?? 'UNSET'] ?? 'inherit'] as const)
        .sort(([a], [b]) => a - b),
    };
  },
});

function checkPorts(
  ports: readonly string[],
  { isSelecting, at, input }: { readonly isSelecting: boolean; readonly at: Pointer; readonly input: CheckInput },
): void {
  const { report } = input;
  if (ports.length === 0) {
    report.add('POLICY_EMPTY', at, `${at} has no ports`, 'key');
    return;
  }
  if (!isSelecting) {
    report.add(
      'PA_PORTS_WITHOUT_SELECTOR',
      at,
      `${at} needs a selector with labels: ports are those of a workload`,
      'key',
    );
  }
  for (const port of ports) {
    if (/^[1-9][0-9]{0,4}$/.test(port) && Number(port) <= 65535) continue;
    report.add('VALUE_RANGE', at.to(port), `"${port}" is no port, expected a number from 1 to 65535`, 'key');
  }
}
