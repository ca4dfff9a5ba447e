import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { HttpAnswer, HttpQuestion } from '../http.ts';
import type { Errand, Reply } from './inhabitant.ts';

/** The application's group: what its processes send is captured, what the proxy sends is not. */
const APPLICATION_GID = 4242;
const CAPTURE_PORT = 15_001;

/**
 * A network of its own on this machine, in which what an application sends is captured as `istio-init` would have it. Only a network namespace
 * can have that without touching the machine's own rules.
 */
export class Island {
  readonly #warden: Inhabitant;
  readonly #application: Inhabitant;

  private constructor(warden: Inhabitant, application: Inhabitant) {
    this.#warden = warden;
    this.#application = application;
  }

  /** Why there can be no island on this machine; `undefined` when there can. */
  static findObstacle(): string | undefined {
    try {
      // The rule is what needs the most: root, namespaces, and a kernel that redirects.
      const rule = 'iptables -t nat -A OUTPUT -p tcp -m owner --gid-owner 1 -j REDIRECT --to-ports 1';
      execFileSync('unshare', ['--net', 'sh', '-c', `ip link set lo up && ${rule} && nsenter --version`], {
        stdio: 'ignore',
      });
      return undefined;
    } catch {
      return 'capturing traffic needs root, unshare, nsenter, ip and iptables on Linux';
    }
  }

  /** @param addresses of its servers and its proxy. */
  static async start(addresses: readonly string[]): Promise<Island> {
    const warden = new Inhabitant(['unshare', '--net']);
    await warden.tell({ do: 'run', command: ['ip', 'link', 'set', 'lo', 'up'] });
    for (const address of addresses) {
      await warden.tell({ do: 'run', command: ['ip', 'address', 'add', `${address}/32`, 'dev', 'lo'] });
    }
    const captured = ['-p', 'tcp', '-m', 'owner', '--gid-owner', String(APPLICATION_GID)];
    await warden.tell({
      do: 'run',
      command: [
        'iptables',
        ...['-t', 'nat', '-A', 'OUTPUT', ...captured],
        ...['-j', 'REDIRECT', '--to-ports', String(CAPTURE_PORT)],
      ],
    });
    const application = new Inhabitant([...enter(warden.pid), '--setgid', String(APPLICATION_GID)]);
    return new Island(warden, application);
  }

  /** What stands in front of a command that is to run there. */
  get entrance(): readonly string[] {
    return enter(this.#warden.pid);
  }

  /** An HTTP server there, which says its name. */
  async serve(name: string, host: string, port: number): Promise<void> {
    await this.#warden.tell({ do: 'serve', name, host, port });
  }

  /** Makes a port of its loopback reachable from outside, at a Unix socket. */
  async open(port: number, path: string): Promise<void> {
    await this.#warden.tell({ do: 'relay', path, port });
  }

  /** One request of the application. */
  async ask(url: string, question: HttpQuestion = {}): Promise<HttpAnswer> {
    const answer = await this.#application.tell({ do: 'ask', url, question });
    if (!isAnswer(answer)) throw new Error('the application gave no answer');
    return answer;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#application.stop(), this.#warden.stop()]);
  }
}

function enter(pid: number): readonly string[] {
  return ['nsenter', `--net=/proc/${pid}/ns/net`];
}

function isAnswer(value: unknown): value is HttpAnswer {
  return typeof value === 'object' && value !== null && 'status' in value && 'body' in value;
}

const PROGRAM = fileURLToPath(new URL('inhabitant.ts', import.meta.url));

/** A process on an island, which runs errands. */
class Inhabitant {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #errands = 0;

  constructor([program = '', ...args]: readonly string[]) {
    this.#child = spawn(program, [...args, process.execPath, PROGRAM], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (reply: Reply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ('error' in reply) waiting?.reject(new Error(reply.error));
      else waiting?.resolve(reply.answer);
    });
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the island has gone'));
    });
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('the process did not start');
    return pid;
  }

  tell(errand: Errand): Promise<unknown> {
    const id = this.#errands++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#child.send({ id, errand });
    return waiting.promise;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.disconnect();
    await exited;
  }
}
