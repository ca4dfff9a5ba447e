import type { Static } from 'typebox';
import type { CheckInput } from '../define-kind.ts';
import type { Pointer } from '../pointer.ts';
import { choice, listOf, object, text, whole } from '../schema/fields.ts';

const PORT = whole('Number of the port.', { minimum: 1, maximum: 65535 });
const COUNT = (description: string, absent: string) => whole(description, { minimum: 0, absent });

/** How an agent finds out whether its workload is ready. */
export const PROBE = object(
  'How the agent finds out whether the workload is ready.',
  {
    required: {},
    optional: {
      initialDelaySeconds: COUNT('How long the first probe waits.', '0'),
      timeoutSeconds: COUNT('How long a probe may take.', '1'),
      periodSeconds: COUNT('Time between two probes.', '10'),
      successThreshold: COUNT('Successes in a row after which the workload is ready again.', '1'),
      failureThreshold: COUNT('Failures in a row after which the workload is not ready.', '3'),
      httpGet: object('Asks for a page; 200 to 399 is ready.', {
        required: { port: PORT },
        optional: {
          path: text('Path of the page.'),
          host: text('Host to connect to.', { absent: "the workload's address" }),
          scheme: choice('How the page is asked for.', ['HTTP', 'HTTPS']),
          httpHeaders: listOf(
            'Headers of the request.',
            object('A header.', {
              required: { name: text('Name.', { format: 'header-name' }) },
              optional: { value: text('Value.') },
            }),
          ),
        },
      }),
      tcpSocket: object('Connects.', {
        required: { port: PORT },
        optional: { host: text('Host to connect to.', { absent: 'localhost' }) },
      }),
      exec: object('Runs a command; exit code 0 is ready.', {
        required: {
          command: listOf('Command and its arguments.', text('Part of the command.', { minLength: 1 }), {
            minItems: 1,
          }),
        },
        optional: {},
      }),
      grpc: object("Asks gRPC's health service.", {
        required: {},
        optional: { port: PORT, service: text('Service whose health is asked for.') },
      }),
    },
  },
  { exclusive: [['httpGet', 'tcpSocket', 'exec', 'grpc']] },
);

const METHODS = ['httpGet', 'tcpSocket', 'exec', 'grpc'] as const;

/** A probe must do something. */
export function checkProbe(probe: Static<typeof PROBE>, at: Pointer, { report }: CheckInput): void {
  if (METHODS.every((method) => probe[method] === undefined))
    report.add('FIELD_MISSING', at, `${at} needs one of ${METHODS.join(', ')}`);
}
