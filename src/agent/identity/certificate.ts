import type { X509Certificate } from 'node:crypto';
import { crypto } from '../builtin.ts';
import { agentCallFault } from '../grpc/status.ts';

/** A workload's certificate with everything that Envoy needs to use it. */
export interface Identity {
  /** Leaf first, then everything that the CA sent, roots included: as pilot-agent hands it on. PEM. */
  readonly chainPem: string;
  readonly keyPem: string;
  /** The roots that the CA trusts, PEM. */
  readonly rootsPem: string;
  readonly notAfterMs: number;
  /** When it came: its life is counted from here, not from the CA's idea of the time. Milliseconds since 1970. */
  readonly issuedAtMs: number;
  /** Its URI, `spiffe://…`. */
  readonly spiffeId: string;
}

/**
 * Reads a CA's answer.
 *
 * @param chain Leaf, intermediates, and last of all the roots, as one text.
 * @throws Fault AGENT_CALL_FAILED when it is no chain, or not of this key.
 */
export function readAnswer(
  chain: readonly string[],
  key: { readonly keyPem: string; readonly publicKeyPem: string },
  nowMs: number,
): Identity {
  const [leafPem] = chain;
  const rootsPem = chain.at(-1);
  if (leafPem === undefined || rootsPem === undefined || chain.length < 2)
    throw agentCallFault(
      'AGENT_CALL_FAILED',
      `the CA answered with ${chain.length} certificates: a leaf and roots are needed`,
    );
  const leaf = parse(leafPem);
  if (leaf.publicKey.export({ type: 'spki', format: 'pem' }) !== key.publicKeyPem)
    throw agentCallFault('AGENT_CALL_FAILED', 'the CA answered with a certificate of another key');
  return {
    chainPem: chain.map(withNewline).join(''),
    keyPem: key.keyPem,
    rootsPem: withNewline(rootsPem),
    notAfterMs: leaf.validToDate.getTime(),
    issuedAtMs: nowMs,
    spiffeId: /URI:(spiffe:[^,]+)/.exec(leaf.subjectAltName ?? '')?.[1] ?? '',
  };
}

/** The certificates of several bundles, each once, in a stable order, so that the same roots are the same text. */
export function mergeRoots(...bundles: readonly (string | undefined)[]): string {
  const blocks = bundles.flatMap(
    (bundle) => bundle?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [],
  );
  const byContent = new Map(blocks.map((block) => [block.replace(/\s+/g, ''), block]));
  return [...byContent]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, block]) => `${block}\n`)
    .join('');
}

function parse(pem: string): X509Certificate {
  try {
    return new crypto.X509Certificate(pem);
  } catch (cause) {
    throw agentCallFault('AGENT_CALL_FAILED', 'the CA answered with something that is no certificate', cause);
  }
}

function withNewline(pem: string): string {
  return pem.endsWith('\n') ? pem : `${pem}\n`;
}
