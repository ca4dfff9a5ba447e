import { encodeMessage } from '../../gen/codec.ts';

/** A secret as Envoy takes it: an encoded `Secret` message. */
export interface Secret {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Where secrets come from that are made when somebody asks for them: files. */
export interface SecretProvider {
  /** Whether names like this one are its. */
  provides(name: string): boolean;
  /** Begins to put the secret on the board, and to follow it. @returns what ends that */
  start(name: string, board: SecretBoard): () => void;
}

/** The secrets that are there now, and who waits for them. */
export class SecretBoard {
  readonly #secrets = new Map<string, Secret>();
  readonly #listeners = new Map<string, Set<(secret: Secret) => void>>();
  readonly #providers: readonly SecretProvider[];
  readonly #running = new Map<string, () => void>();

  constructor(providers: readonly SecretProvider[] = []) {
    this.#providers = providers;
  }

  /** Puts a secret on the board; those who wait for it hear of it when it is another than before. */
  put(secret: Secret): void {
    if (this.#secrets.get(secret.name)?.bytes.equals(secret.bytes)) return;
    this.#secrets.set(secret.name, secret);
    for (const listener of this.#listeners.get(secret.name) ?? []) listener(secret);
  }

  find(name: string): Secret | undefined {
    return this.#secrets.get(name);
  }

  /** Calls with the secret, now if it is there, and whenever it changes. @returns what ends that */
  follow(name: string, listener: (secret: Secret) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    this.#startProvider(name);
    const present = this.#secrets.get(name);
    if (present !== undefined) listener(present);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      this.#running.get(name)?.();
      if (this.#running.delete(name)) this.#secrets.delete(name);
      this.#listeners.delete(name);
    };
  }

  #startProvider(name: string): void {
    if (this.#running.has(name)) return;
    const provider = this.#providers.find((candidate) => candidate.provides(name));
    if (provider !== undefined) this.#running.set(name, provider.start(name, this));
  }
}

/** A certificate with its key. */
export function toCertificateSecret(name: string, chainPem: string, keyPem: string): Secret {
  const bytes = encodeMessage('envoy.extensions.transport_sockets.tls.v3.Secret', {
    name,
    tls_certificate: {
      certificate_chain: { inline_bytes: Buffer.from(chainPem) },
      private_key: { inline_bytes: Buffer.from(keyPem) },
    },
  });
  return { name, bytes };
}

/** What a peer's certificate must come from. @param crlFile Revocations, where there are any. */
export function toRootSecret(name: string, rootsPem: string, crlFile?: string): Secret {
  const bytes = encodeMessage('envoy.extensions.transport_sockets.tls.v3.Secret', {
    name,
    validation_context: {
      trusted_ca: { inline_bytes: Buffer.from(rootsPem) },
      ...(crlFile !== undefined && { crl: { filename: crlFile } }),
    },
  });
  return { name, bytes };
}
