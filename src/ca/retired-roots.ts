import { X509Certificate } from 'node:crypto';
import { pemOf } from './material.ts';
import type { RetiredRoot } from './trust-bundle.ts';

/** Lies beside Istio's files; Istio passes it over. */
export const RETIRED_FILE = 'retired-roots.json';

/** Writes retired roots down, for replicas that start later and for the next start. */
export function formatRetiredRoots(retired: readonly RetiredRoot[]): string {
  const rows = retired.map(({ certificate, untilMs, bridge }) => ({
    until: new Date(untilMs).toISOString(),
    pem: pemOf(certificate),
    bridge,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

/** Reads them; what is no such row is passed over, since trust must not hang on a file that is only a note. */
export function parseRetiredRoots(text: string | undefined): readonly RetiredRoot[] {
  const rows = parseRows(text ?? '');
  return rows.flatMap((row) => {
    if (typeof row !== 'object' || row === null || !('until' in row) || !('pem' in row)) return [];
    const untilMs = Date.parse(String(row.until));
    const certificate = findCertificate(String(row.pem));
    if (certificate === undefined || Number.isNaN(untilMs)) return [];
    const bridge = 'bridge' in row ? findCertificate(String(row.bridge)) : undefined;
    return [{ certificate, untilMs, ...(bridge && { bridge: pemOf(bridge) }) }];
  });
}

function parseRows(text: string): readonly unknown[] {
  try {
    const rows: unknown = JSON.parse(text);
    return Array.isArray(rows) ? rows : [];
  } catch {
    return [];
  }
}

function findCertificate(pem: string): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(pem);
    return certificate.ca ? certificate : undefined;
  } catch {
    return undefined;
  }
}
