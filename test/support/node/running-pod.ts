import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { HttpAnswer, HttpQuestion } from '../http.ts';
import { describeExit, type Exit, type RunningProcess } from '../process.ts';
import { until } from '../until.ts';
import type { Hand } from './hand-client.ts';
import type { PodPlace } from './pod-network.ts';
import type { PodObject } from './pod-object.ts';

/** What an echo says of a request. */
export interface Echo {
  readonly status: number;
  /** Of the pod that answered. */
  readonly name: string;
  /** Whom it saw on the other end of the connection. */
  readonly peer: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a pod is made of once it runs. */
export interface PodParts {
  readonly pod: PodObject;
  readonly place: PodPlace;
  readonly hand: Hand;
  readonly containers: ReadonlyMap<string, RunningProcess>;
  /** Where each volume is a folder. */
  readonly volumes: string;
  readonly start: (container: string) => Promise<RunningProcess>;
}

/** A pod that runs on the node. */
export class RunningPod {
  readonly #parts: PodParts;
  readonly #containers: Map<string, RunningProcess>;

  constructor(parts: PodParts) {
    this.#parts = parts;
    this.#containers = new Map(parts.containers);
  }

  get name(): string {
    return this.#parts.pod.metadata.name;
  }

  get object(): PodObject {
    return this.#parts.pod;
  }

  get ip(): string {
    return this.#parts.place.ip;
  }

  get place(): PodPlace {
    return this.#parts.place;
  }

  /** The application's own client. */
  get hand(): Hand {
    return this.#parts.hand;
  }

  /** `spiffe://…` of its service account. */
  get identity(): string {
    const { metadata, spec } = this.#parts.pod;
    return `spiffe://cluster.local/ns/${metadata.namespace}/sa/${spec.serviceAccountName ?? 'default'}`;
  }

  ask(url: string, question: Omit<HttpQuestion, 'agent'> = {}): Promise<HttpAnswer> {
    return this.hand.ask(url, question);
  }

  /** What an echo answers to the application of this pod. @throws Error when nobody that echoes has answered with 200 */
  async echo(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Echo> {
    const { status, body } = await this.ask(url, { headers });
    if (status !== 200) throw new Error(`${url}: ${status} ${body}`);
    return { status, ...JSON.parse(body) };
  }

  /** A path of Envoy's administration interface. */
  async admin(query: string, method = 'GET'): Promise<string> {
    return (await this.ask(`http://127.0.0.1:15000${query}`, { method })).body;
  }

  /** Counters and gauges of Envoy whose name matches, without those that are 0. */
  async stats(filter: string): Promise<Readonly<Record<string, number>>> {
    const text = await this.admin(`/stats?usedonly&filter=${encodeURIComponent(filter)}`);
    const rows = text.split('\n').map((line) => line.split(': '));
    return Object.fromEntries(
      rows.flatMap(([name, value]) => (name && Number(value) > 0 ? [[name, Number(value)]] : [])),
    );
  }

  /** Certificates that Envoy presents now. */
  async certificates(): Promise<readonly EnvoyCertificate[]> {
    const { certificates }: { certificates: readonly { cert_chain?: readonly EnvoyCertificate[] }[] } = JSON.parse(
      await this.admin('/certs'),
    );
    return certificates.flatMap(({ cert_chain = [] }) => cert_chain.slice(0, 1));
  }

  container(name: string): RunningProcess {
    const found = this.#containers.get(name);
    if (found === undefined) throw new Error(`${this.name} has no container ${name}`);
    return found;
  }

  /** Ends the first process of a container and no other: what it has started goes on. Resolves when it is gone. */
  async killFirst(name: string): Promise<void> {
    const { pid } = this.container(name);
    process.kill(pid, 'SIGKILL');
    await until(`${this.name}/${name} to be gone`, () => (isAlive(pid) ? undefined : true));
  }

  /** Starts a container again that has ended. */
  async restart(name: string): Promise<void> {
    this.#containers.set(name, await this.#parts.start(name));
  }

  /** Waits for a line in what a container has printed. */
  async logged(name: string, pattern: RegExp): Promise<string> {
    return until(`${this.name} to say ${pattern}`, async () => pattern.exec(await this.log(name))?.[0]);
  }

  log(name: string): Promise<string> {
    return readFile(this.container(name).logPath, 'utf8');
  }

  /** The text of a file of a volume. */
  readFile(volume: string, file: string): Promise<string> {
    return readFile(path.join(this.#parts.volumes, volume, file), 'utf8');
  }

  /** Replaces a file of a volume at once, as kubelets do. */
  async writeFile(volume: string, file: string, text: string): Promise<void> {
    const place = path.join(this.#parts.volumes, volume, file);
    await writeFile(`${place}.new`, text, { mode: 0o644 });
    await rename(`${place}.new`, place);
  }

  /** For people: how its containers are, where they have ended. */
  async describe(): Promise<string> {
    const ended = [...this.#containers.values()].map((running) =>
      Promise.race([
        describeExit(running),
        Promise.resolve(`${running.name} runs: ${running.tail().slice(-8).join('\n')}`),
      ]),
    );
    return (await Promise.all(ended)).join('\n');
  }

  /** Tells all containers at once to end, and waits. @returns how each did */
  end(graceMs: number): Promise<readonly Exit[]> {
    return Promise.all([...this.#containers.values()].map((running) => running.stop(graceMs)));
  }

  /** Ends all its processes as a lost node would. */
  async stop(): Promise<void> {
    const { namespace } = this.#parts.place;
    await this.hand.stop();
    await namespace.kill();
    await Promise.all([...this.#containers.values()].map((running) => running.kill()));
    await namespace[Symbol.asyncDispose]();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** As Envoy's `/certs` tells. */
export interface EnvoyCertificate {
  readonly serial_number: string;
  readonly subject_alt_names: readonly { readonly uri?: string }[];
  readonly valid_from: string;
  readonly expiration_time: string;
}
