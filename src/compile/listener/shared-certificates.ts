import type { ServerCertificate } from '../../model/gateway.ts';
import { isHttpsTerminatingServer, listServerNames } from '../../model/gateway-server.ts';
import { hostsOverlap } from '../../model/host.ts';
import type { MergedGateway, MergedServer } from '../../model/merged-gateway.ts';
import { keyOf } from '../../model/object.ts';
import { type CompileNote, NO_NOTES } from '../note.ts';

const notesOf = new WeakMap<MergedGateway, readonly CompileNote[]>();

/**
 * Tells of HTTPS servers that show one certificate on one port for different hosts, from chains of their own. Browsers that have a connection
 * to the one, and see that its certificate is good for the host of the other, send requests for that on the same connection (HTTP/2 allows
 * it), where no route knows the host: 404. One server with all the hosts has not that trouble.
 * @see istio.io, Common Problems / Network Issues, "404 errors occur when multiple gateways configured with same TLS certificate"
 */
export function listSharedCertificates(gateway: MergedGateway): readonly CompileNote[] {
  const known = notesOf.get(gateway) ?? findShared(gateway);
  notesOf.set(gateway, known);
  return known;
}

function findShared({ groups }: MergedGateway): readonly CompileNote[] {
  const sharing = new Map<string, MergedServer[]>();
  for (const { port, bind, servers } of groups) {
    for (const merged of servers) {
      const certificate = isHttpsTerminatingServer(merged.server) && nameOf(merged.server.tls?.certificate);
      if (!certificate) continue;
      const key = `${port} ${bind} ${certificate}`;
      const others = sharing.get(key);
      if (others === undefined) sharing.set(key, [merged]);
      else others.push(merged);
    }
  }
  const notes = [...sharing.values()].flatMap((servers) => servers.flatMap((one) => toNote(one, servers) ?? []));
  return notes.length === 0 ? NO_NOTES : notes;
}

function nameOf(certificate: ServerCertificate | undefined): string | undefined {
  switch (certificate?.kind) {
    case 'credential':
      return certificate.names.join();
    case 'files':
      return certificate.pairs.map((pair) => pair.certificate).join();
    default:
      return undefined;
  }
}

function toNote(one: MergedServer, servers: readonly MergedServer[]): CompileNote | undefined {
  const other = servers.find((candidate) => candidate.routeName !== one.routeName && isApart(one, candidate));
  if (other === undefined) return undefined;
  const { name, number } = one.server.port;
  const hosts = listServerNames(other.server).join(', ');
  const message =
    `server ${name} (port ${number}) shows the same certificate as ${other.server.port.name} of ${other.gatewayName} does for ${hosts}: ` +
    'browsers that reuse a connection for hosts of the other get 404; one server with all these hosts avoids it';
  return { object: keyOf(one.gateway.meta), code: 'GATEWAY_CERTIFICATE_SHARED', message };
}

/** Whether no host is served by both: those would find their way on either's connections. */
function isApart(one: MergedServer, other: MergedServer): boolean {
  const names = listServerNames(other.server);
  return !listServerNames(one.server).some((host) => names.some((name) => hostsOverlap(host, name)));
}
