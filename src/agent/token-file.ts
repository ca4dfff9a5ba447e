import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../kit/fault.ts';
import { createLog } from '../kit/log.ts';

const log = createLog('agent');

/** The file with the token by which the control plane and the CA know who calls; read anew each time, for it is replaced while a pod runs. */
export class TokenFile {
  readonly #file: string | undefined;
  /** Why there was no token, the last time that it was read. */
  #obstacle: string | undefined;
  /** Which of these was warned of. */
  #reported: string | undefined;

  /** @param file Relative to the working folder; absent where no token is to be sent */
  constructor(file: string | undefined) {
    this.#file = file === undefined ? undefined : path.resolve(file);
  }

  /** @param isNeeded Whether nothing else proves who this is: then it is a warning that there is none, once until that changes */
  async read({ isNeeded }: { readonly isNeeded: boolean }): Promise<string | undefined> {
    const file = this.#file;
    if (file === undefined) return undefined;
    const { token, obstacle } = await readToken(file);
    this.#obstacle = obstacle;
    if (isNeeded || obstacle === undefined) this.#report(file, obstacle);
    return token;
  }

  /** For a message that somebody has refused what was sent. */
  describe(): string {
    if (this.#file === undefined) return 'no token was sent, as JWT_POLICY says';
    if (this.#obstacle === undefined) return `the token sent was that of ${this.#file}`;
    return `no token was sent: ${this.#file} ${this.#obstacle}`;
  }

  #report(file: string, obstacle: string | undefined): void {
    if (obstacle === this.#reported) return;
    this.#reported = obstacle;
    if (obstacle === undefined) log.info({ event: 'token.found', path: file }, `there is a token now: ${file}`);
    else
      log.warn(
        { event: 'token.missing', path: file },
        `no token to prove with who this is: ${file} ${obstacle}; it is looked for again each time that one is sent`,
      );
  }
}

async function readToken(file: string): Promise<{ readonly token?: string; readonly obstacle?: string }> {
  try {
    const token = (await readFile(file, 'utf8')).trim();
    return token === '' ? { obstacle: 'is empty' } : { token };
  } catch (err) {
    const fault = Fault.from(err);
    return { obstacle: fault.code === 'NOT_FOUND' ? 'does not exist' : `cannot be read (${fault.message})` };
  }
}
