import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { crypto } from '../builtin.ts';

const generate = promisify(crypto.generateKeyPair);

/** What kind of key a workload has. */
export type KeyKind =
  | { readonly type: 'ec'; readonly curve: 'P-256' | 'P-384' }
  /** `bits` is at least 2048: what Istio's CA and Envoy take. */
  | { readonly type: 'rsa'; readonly bits: number };

/** A key that was made here and leaves this process only over Envoy's own socket. */
export interface WorkloadKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** For Envoy: PKCS #8, or the format of the key's kind (PKCS #1, SEC 1). */
  toPem(isPkcs8: boolean): string;
}

/** Makes a key off the event loop. P-256 takes less than a millisecond, RSA some hundred. */
export async function createWorkloadKey(kind: KeyKind): Promise<WorkloadKey> {
  const { privateKey, publicKey } =
    kind.type === 'ec'
      ? await generate('ec', { namedCurve: kind.curve })
      : await generate('rsa', { modulusLength: kind.bits });
  return {
    privateKey,
    publicKey,
    toPem(isPkcs8) {
      const type = isPkcs8 ? 'pkcs8' : kind.type === 'ec' ? 'sec1' : 'pkcs1';
      return privateKey.export({ type, format: 'pem' }).toString();
    },
  };
}
