import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Identity, mergeRoots } from './identity/certificate.ts';
import { type SecretBoard, toCertificateSecret, toRootSecret } from './sds/secret-board.ts';

/** The names under which Envoy asks for the workload's own certificate, and for what it trusts. */
const NAMES = { certificate: 'default', roots: 'ROOTCA' } as const;

/**
 * What Envoy is told of the workload's identity. Roots are those that the CA sent with the certificate and those that are mounted: a new root is
 * trusted as soon as either knows it.
 */
export class WorkloadSecrets {
  readonly #board: SecretBoard;
  readonly #crlFile: string | undefined;
  readonly #outputFolder: string | undefined;
  #identity: Identity | undefined;
  #mounted: string | undefined;

  constructor(
    board: SecretBoard,
    { crlFile, outputFolder }: { readonly crlFile?: string | undefined; readonly outputFolder?: string | undefined },
  ) {
    this.#board = board;
    this.#crlFile = crlFile;
    this.#outputFolder = outputFolder;
  }

  get identity(): Identity | undefined {
    return this.#identity;
  }

  get roots(): string {
    return mergeRoots(this.#identity?.rootsPem, this.#mounted);
  }

  /** Takes a new certificate. */
  async setIdentity(identity: Identity): Promise<void> {
    this.#identity = identity;
    // Roots first: a peer may already have a certificate of a new one.
    this.#putRoots();
    this.#board.put(toCertificateSecret(NAMES.certificate, identity.chainPem, identity.keyPem));
    if (this.#outputFolder !== undefined) await this.#write(this.#outputFolder, identity);
  }

  /** Takes the roots that the pod has mounted. */
  setMountedRoots(pem: string | undefined): void {
    this.#mounted = pem;
    if (this.#identity !== undefined) this.#putRoots();
  }

  #putRoots(): void {
    this.#board.put(toRootSecret(NAMES.roots, this.roots, this.#crlFile));
  }

  async #write(folder: string, { keyPem, chainPem }: Identity): Promise<void> {
    await mkdir(folder, { recursive: true });
    await writeAtomically(path.join(folder, 'key.pem'), keyPem);
    await writeAtomically(path.join(folder, 'cert-chain.pem'), chainPem);
    await writeAtomically(path.join(folder, 'root-cert.pem'), this.roots);
  }
}

async function writeAtomically(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await chmod(`${file}.new`, 0o600);
  await rename(`${file}.new`, file);
}
