import path from 'node:path';
import type { XdsProtocol } from '../../src/xds/view-source.ts';
import type { MeshShape } from '../mesh/shape.ts';
import { type Child, startChild } from '../process/child.ts';
import { Remote } from '../process/procedures.ts';
import type { Expectation, Heard, Traffic } from './load.ts';
import type { LoadProcedures } from './worker.ts';

interface Worker {
  readonly child: Child;
  readonly remote: Remote<LoadProcedures>;
}

/** All sidecars of a run, whichever process plays them. */
export class Fleet {
  readonly #workers: readonly Worker[];

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
  }

  /** Starts `processes` of them; their output goes to `logDir`. */
  static async start(processes: number, logDir: string): Promise<Fleet> {
    const script = path.join(import.meta.dirname, 'worker.ts');
    const workers = Array.from({ length: processes }, async (_, i): Promise<Worker> => {
      const name = `load-${i}`;
      const logPath = path.join(logDir, `${name}.log`);
      const child = await startChild({ name, command: [process.execPath, script], logPath, serves: true });
      return { child, remote: new Remote(child.process, name) };
    });
    return new Fleet(await Promise.all(workers));
  }

  /** The processes that play them. */
  get pids(): readonly number[] {
    return this.#workers.map(({ child }) => child.pid);
  }

  /** Makes sidecars that never connected. */
  async prepare(protocol: XdsProtocol, shape: MeshShape, proxies: number): Promise<void> {
    const step = this.#workers.length;
    await this.#each((remote, first) => remote.call('prepare', { protocol, shape, proxies, first, step }));
  }

  /** Connects all that are not connected. */
  async open(address: string): Promise<void> {
    await this.#each((remote) => remote.call('open', { address }));
  }

  /** When each had its state, in monotonic milliseconds. */
  async complete(timeoutMs: number): Promise<readonly number[]> {
    return (await this.#each((remote) => remote.call('complete', { timeoutMs }))).flat();
  }

  /** How many of those that came back have not been dealt with. */
  async resumed(timeoutMs: number): Promise<number> {
    const left = await this.#each((remote) => remote.call('resumed', { timeoutMs }));
    return left.reduce((sum, one) => sum + one, 0);
  }

  async ended(timeoutMs: number): Promise<void> {
    await this.#each((remote) => remote.call('ended', { timeoutMs }));
  }

  async expect(expectation: Expectation): Promise<void> {
    await this.#each((remote) => remote.call('expect', expectation));
  }

  async heard(timeoutMs: number): Promise<Heard> {
    const all = await this.#each((remote) => remote.call('heard', { timeoutMs }));
    return { heardMs: all.flatMap((one) => one.heardMs), answeredMs: all.flatMap((one) => one.answeredMs) };
  }

  async traffic(): Promise<Traffic> {
    const all = await this.#each((remote) => remote.call('traffic', undefined));
    const sum = (read: (traffic: Traffic) => number) => all.reduce((total, one) => total + read(one), 0);
    return {
      open: sum((one) => one.open),
      bytes: sum((one) => one.bytes),
      responses: sum((one) => one.responses),
      ended: sum((one) => one.ended),
      lastReason: all.map((one) => one.lastReason).find((reason) => reason !== '') ?? '',
    };
  }

  /** Closes all but one. */
  async keepOne(): Promise<void> {
    await this.#each((remote, i) => remote.call('keep', { kept: i === 0 ? 1 : 0 }));
  }

  /** Closes all. */
  async close(): Promise<void> {
    await this.#each((remote) => remote.call('keep', { kept: 0 }));
  }

  /** Writes what was recorded and returns the files. */
  save(dir: string): Promise<readonly string[]> {
    return this.#each(async (remote, i) => {
      const file = path.join(dir, `recording-${i}.bin`);
      await remote.call('save', { file });
      return file;
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map(({ child }) => child.stop()));
  }

  #each<T>(run: (remote: Remote<LoadProcedures>, index: number) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#workers.map(({ remote }, i) => run(remote, i)));
  }
}
