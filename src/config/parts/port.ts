import type { Static } from 'typebox';
import { type Protocol, findProtocol } from '../../model/protocol.ts';
import type { Pointer } from '../pointer.ts';
import type { IssueReport } from '../report.ts';

import { object, text, whole } from '../schema/fields.ts';

const PROTOCOL = 'Protocol spoken: HTTP, HTTP2, HTTPS, GRPC, GRPC-WEB, TLS, TCP, MONGO, MYSQL or REDIS.';
const TARGET = whole('Has no effect here.', { minimum: 0, maximum: 65535, deprecated: true });

/** A port that a server listens on. */
export const PORT = object('A port to listen on.', {
  required: {
    number: whole('Number of the port; 0 for a Unix socket.', { minimum: 0, maximum: 65535 }),
    protocol: text(PROTOCOL, { format: 'protocol' }),
    name: text('Name of the port.', { minLength: 1 }),
  },
  optional: { targetPort: TARGET },
});

/** A port of a Sidecar's listener. */
export const SIDECAR_PORT = object('A port to listen on.', {
  required: {},
  optional: {
    number: whole('Number of the port; 0 for a Unix socket.', { minimum: 0, maximum: 65535 }),
    protocol: text(PROTOCOL, { format: 'protocol-or-empty', absent: 'the proxy finds out' }),
    name: text('Name of the port.'),
    targetPort: TARGET,
  },
});

/** A port with a target is a habit from Services; here it was never read. */
export function checkTargetPort(
  port: { readonly targetPort?: number } | undefined,
  at: Pointer,
  report: IssueReport,
): void {
  if (port?.targetPort === undefined) return;
  report.add('TARGET_PORT', at.to('targetPort'), 'targetPort cannot be given here: the proxy listens on number', 'key');
}

export function parseSidecarPort({ number = 0, protocol = '', name = '' }: Static<typeof SIDECAR_PORT>): {
  number: number;
  name: string;
  protocol: Protocol;
} {
  return { number, name, protocol: findProtocol(protocol) ?? 'auto' };
}
