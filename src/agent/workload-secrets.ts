import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Identity, mergeRoots } from './identity/certificate.ts';
import { type SecretBoard, toCertificateSecret, toRootSecret } from './sds/secret-board.ts';

/** Where certificates are written, too. */
export interface OutputFolder {
  readonly folder: string;
  readonly mode: number;
}

/** The names under which Envoy asks for the workload's own certificate, and for what it trusts. */
const NAMES = { certificate: 'default', roots: 'ROOTCA' } as const;

/**
 * What Envoy is told of the workload's identity. Roots are those that the CA sent with the certificate and those that are mounted: a new root is
 * trusted as soon as either knows it.
 */
export class WorkloadSecrets {
  readonly #board: SecretBoard;
  readonly #crlFile: string | undefined;
  readonly #output: OutputFolder | undefined;
  #identity: Identity | undefined;
  #mounted: string | undefined;

  constructor(
    board: SecretBoard,
    { crlFile, output }: { readonly crlFile?: string | undefined; readonly output?: OutputFolder | undefined },
  ) {
    this.#board = board;
    this.#crlFile = crlFile;
    this.#output = output;
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
    if (this.#output !== undefined) await this.#write(this.#output, identity);
  }

  /** Takes the roots that the pod has mounted. */
  setMountedRoots(pem: string | undefined): void {
    this.#mounted = pem;
    if (this.#identity !== undefined) this.#putRoots();
  }

  #putRoots(): void {
    const crlFile = this.#crlFile !== undefined && existsSync(this.#crlFile) ? this.#crlFile : undefined;
    this.#board.put(toRootSecret(NAMES.roots, this.roots, crlFile));
  }

  async #write({ folder, mode }: OutputFolder, { keyPem, chainPem }: Identity): Promise<void> {
    await mkdir(folder, { recursive: true });
    await writeAtomically(path.join(folder, 'key.pem'), keyPem, mode);
    await writeAtomically(path.join(folder, 'cert-chain.pem'), chainPem, mode);
    await writeAtomically(path.join(folder, 'root-cert.pem'), this.roots, mode);
  }
}

async function writeAtomically(file: string, text: string, mode: number): Promise<void> {
  await writeFile(`${file}.new`, text, { mode });
  await chmod(`${file}.new`, mode);
  await rename(`${file}.new`, file);
}
