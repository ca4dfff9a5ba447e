import { Fault } from '../kit/fault.ts';
import { createLog } from '../kit/log.ts';
import type { CertificateAuthority } from './authority.ts';
import { caFault } from './fault.ts';
import { parseMaterial } from './material.ts';
import { findPluggedTexts } from './material-files.ts';
import type { MaterialSource, StoredFiles } from './store.ts';

const log = createLog('ca');

/**
 * Material that an operator plugged in: `cacerts`. A new set is taken when it is whole and fits; one that is not is
 * refused, said so as an error, and the one before signs on.
 *
 * Istio refuses a set with another root altogether; here the old root stays trusted while leaves under it live.
 * @see istio pilot/pkg/bootstrap/istio_ca.go `handleEvent`
 */
export class PluggedSource {
  readonly #source: MaterialSource;
  readonly #authority: CertificateAuthority;
  #since: string | undefined;

  constructor(source: MaterialSource, authority: CertificateAuthority) {
    this.#source = source;
    this.#authority = authority;
  }

  /** @throws Fault `CA_MATERIAL_INVALID`: starting with a root of our own instead would split the mesh. */
  async start(): Promise<void> {
    const stored = await this.#source.read();
    this.#since = stored?.version;
    this.#adopt(stored);
    log.info({ event: 'ca.plugged', place: this.#source.place }, 'the certificate authority was plugged in');
  }

  /** Follows the source until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#source.watch({ since: this.#since, tell: (stored) => this.#take(stored) }, signal);
  }

  #take(stored: StoredFiles | undefined): void {
    try {
      this.#adopt(stored);
    } catch (error) {
      const detail = Fault.from(error).message;
      log.error(
        { event: 'ca.refused', place: this.#source.place, detail },
        'a new set was refused: the one before signs on',
      );
    }
  }

  #adopt(stored: StoredFiles | undefined): void {
    const texts = findPluggedTexts(stored?.files ?? {});
    if (texts === undefined)
      throw caFault('CA_MATERIAL_INVALID', `${this.#source.place} holds no certificate authority`);
    this.#authority.adopt(parseMaterial(texts));
  }
}
