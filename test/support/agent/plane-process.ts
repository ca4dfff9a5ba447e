import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openJoinKey } from '../../../src/ca/join-key.ts';
import { createJoinToken } from '../../../src/ca/join-token.ts';
import { type RunningProcess, startProcess, whileRunning } from '../process.ts';

const MAIN = fileURLToPath(new URL('../../../src/server/main.ts', import.meta.url));
const DAY_MS = 86_400_000;

/** A control plane in a process of its own, on a folder of YAML, with a port for agents; it may go and come back. */
export class PlaneProcess {
  readonly #dir: string;
  readonly #ports: { readonly secure: number; readonly http: number };
  #running: RunningProcess | undefined;

  /** @param ports of 127.0.0.1; `http` is the first of four in a row */
  constructor(dir: string, ports: { readonly secure: number; readonly http: number }) {
    this.#dir = dir;
    this.#ports = ports;
  }

  /** Where agents find it. */
  get address(): string {
    return `127.0.0.1:${this.#ports.secure}`;
  }

  /** Writes what it serves. */
  async write(yaml: string): Promise<void> {
    await mkdir(join(this.#dir, 'mesh'), { recursive: true });
    await writeFile(join(this.#dir, 'mesh/mesh.yaml'), yaml);
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const { secure, http } = this.#ports;
    const at = (offset: number) => `127.0.0.1:${http + offset}`;
    const ready = Promise.withResolvers<void>();
    const running = await startProcess({
      name: 'control plane',
      command: [
        process.execPath,
        MAIN,
        ...['discovery', '--configDir', join(this.#dir, 'mesh'), '--stateDir', join(this.#dir, 'state')],
        ...['--secureGRPCAddr', `127.0.0.1:${secure}`, '--grpcAddr', at(0), '--httpAddr', at(1)],
        ...['--monitoringAddr', at(2), '--httpsAddr', at(3), '--ctrlz_port', '0'],
      ],
      logPath: join(this.#dir, 'plane.log'),
      onLine: (line) => {
        if (line.includes('event=server.ready')) ready.resolve();
      },
    });
    this.#running = running;
    await whileRunning(running, ready.promise);
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
  }

  /** Puts into a pod's folder what a kubelet would have put there: the token of its account, and the mesh's root. */
  async join(pod: string, account: { readonly namespace: string; readonly serviceAccount: string }): Promise<void> {
    const key = await openJoinKey(join(this.#dir, 'state'));
    const token = createJoinToken(key, { ...account, ttlMs: DAY_MS, nowMs: Date.now() });
    await mkdir(join(pod, 'var/run/secrets/tokens'), { recursive: true });
    await mkdir(join(pod, 'var/run/secrets/istio'), { recursive: true });
    await writeFile(join(pod, 'var/run/secrets/tokens/istio-token'), token, { mode: 0o600 });
    await copyFile(join(this.#dir, 'state/ca/root-cert.pem'), join(pod, 'var/run/secrets/istio/root-cert.pem'));
  }
}
