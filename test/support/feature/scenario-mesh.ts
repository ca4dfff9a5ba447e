import { setImmediate as nextTurn } from 'node:timers/promises';
import { MemorySource } from '../../../src/discovery/memory/memory-source.ts';
import type { ConfigSource } from '../../../src/discovery/source.ts';
import type { Fate, Issue } from '../../../src/model/issue.ts';
import { objectKey, toPlace } from '../../../src/model/object.ts';
import { ControlPlane } from '../../../src/server/control-plane.ts';
import { createPlaintextXds } from '../../../src/server/grpc-part.ts';
import type { StreamStatus } from '../../../src/xds/session.ts';
import type { XdsProtocol } from '../../../src/xds/view-source.ts';
import type { WatchStatus } from '../../../src/xds/watch.ts';
import type { Declared } from '../declare/declared.ts';
import type { ProxySpec } from '../declare/proxy.ts';
import { type Refuse, ScriptedProxy } from '../proxy/scripted-proxy.ts';
import type { LogBook } from './log-book.ts';
import { MeshProxy } from './mesh-proxy.ts';
import { PLANE_OPTIONS } from './plane-options.ts';

const KEEPALIVE = { intervalMs: 30_000, timeoutMs: 10_000, maxAgeMs: 2 ** 31 - 1 };

/** For so many turns nothing may be left to do: what was heard is answered in one of the next. */
const QUIET_TURNS = 4;

/** How long anything may take before it counts as not happening, in milliseconds. */
const PATIENCE_MS = 10_000;

/** A cluster of the mesh beside the one of `apply`. */
export interface JoinedCluster {
  /** Writes objects there, as one change; resolves when every proxy has answered what came of it. */
  apply(...objects: readonly Declared[]): Promise<void>;
  /** Takes it out of the mesh. */
  leave(): Promise<void>;
}

/** A whole control plane in this process, whose objects lie in memory and whose proxies are scripted. */
export class ScenarioMesh {
  readonly protocol: XdsProtocol;
  readonly log: LogBook;
  readonly #source = new MemorySource('memory');
  readonly #plane: ControlPlane;
  readonly #xds: ReturnType<typeof createPlaintextXds>;
  readonly #proxies: MeshProxy[] = [];
  /** Changes that reach proxies, and how many of them have. */
  #changes = 0;
  #rounds = 0;

  private constructor(protocol: XdsProtocol, log: LogBook, others: readonly ConfigSource[]) {
    this.protocol = protocol;
    this.log = log;
    this.#plane = new ControlPlane({
      ...PLANE_OPTIONS,
      sources: [this.#source, ...others],
      debounce: { quietMs: 0, maxMs: 0 },
    });
    this.#xds = createPlaintextXds(this.#plane.xds, { host: '127.0.0.1', port: 0 }, KEEPALIVE);
  }

  /** @param others Sources beside the memory that `apply` and `remove` write to. */
  static async start(protocol: XdsProtocol, log: LogBook, others: readonly ConfigSource[] = []): Promise<ScenarioMesh> {
    const mesh = new ScenarioMesh(protocol, log, others);
    await mesh.#plane.start();
    mesh.#plane.world.watch(({ kind }) => {
      if (kind !== 'report') mesh.#changes++;
    });
    log.watch(({ event }) => {
      if (event === 'push.round') mesh.#rounds++;
    });
    await mesh.#xds.start();
    return mesh;
  }

  async stop(): Promise<void> {
    for (const proxy of this.#proxies) proxy.close();
    await this.#xds.stop(AbortSignal.timeout(PATIENCE_MS));
    await this.#plane.stop();
  }

  /** Writes objects, as one change; resolves when every proxy has answered what came of it. */
  async apply(...objects: readonly Declared[]): Promise<void> {
    this.#forgetPushes();
    this.#source.write(Object.fromEntries(objects.map(({ file, text }) => [file, text])));
    await this.settle();
  }

  /** Deletes objects, as one change; resolves as `apply` does. */
  async remove(...objects: readonly Declared[]): Promise<void> {
    this.#forgetPushes();
    this.#source.remove(...objects.map(({ file }) => file));
    await this.settle();
  }

  /** Adds a cluster that holds these objects to the mesh; resolves as `apply` does. */
  async join(cluster: string, ...objects: readonly Declared[]): Promise<JoinedCluster> {
    this.#forgetPushes();
    const source = new MemorySource(`cluster ${cluster}`, 'default', cluster);
    source.write(Object.fromEntries(objects.map(({ file, text }) => [file, text])));
    await this.#plane.world.addSource(source);
    await this.settle();
    return {
      apply: async (...changed) => {
        this.#forgetPushes();
        source.write(Object.fromEntries(changed.map(({ file, text }) => [file, text])));
        await this.settle();
      },
      leave: async () => {
        this.#forgetPushes();
        await this.#plane.world.removeSource(source);
        await this.settle();
      },
    };
  }

  /** Connects a proxy; resolves when it has everything. One that may refuse resources says which. */
  async connect(spec: ProxySpec, refuse?: Refuse): Promise<MeshProxy> {
    this.#forgetPushes();
    const { node } = spec;
    const script = new ScriptedProxy({
      port: this.#xds.port(),
      protocol: this.protocol,
      node,
      ...(refuse && { refuse }),
    });
    const proxy = new MeshProxy(spec, script, () => this.#plane.world.snapshot, refuse !== undefined);
    this.#proxies.push(proxy);
    script.connect();
    await this.settle();
    return proxy;
  }

  /** Breaks a proxy's connection; it keeps what it holds. */
  async disconnect(proxy: MeshProxy): Promise<void> {
    proxy.script.disconnect();
    await this.until('the stream to end', () => this.#streamOf(proxy) === undefined);
  }

  /** Lets a proxy come back, with what it holds; resolves when it is up to date. */
  async reconnect(proxy: MeshProxy): Promise<void> {
    if (proxy.script.isConnected) await this.disconnect(proxy);
    this.#forgetPushes();
    proxy.script.connect();
    await this.settle();
  }

  /** Where proxies of one's own connect to, on loopback. */
  get xdsPort(): number {
    return this.#xds.port();
  }

  /** What is wrong now: `place code message`. */
  issues(): readonly string[] {
    return this.#plane.world.listIssues().map(toLine);
  }

  /** What became of an object, with the reason; `undefined` when nobody declares it. */
  fate(kind: string, name: string, namespace = 'default'): Fate | undefined {
    return this.#plane.fates.all().get(objectKey(kind, namespace, name));
  }

  /** The kind of what became of an object. */
  fateOf(kind: string, name: string, namespace = 'default'): string {
    return this.fate(kind, name, namespace)?.kind ?? 'unknown';
  }

  /** What compiling brought to light: `code object message`. */
  notes(): readonly string[] {
    return this.#plane.views.notes().map(({ code, object, message }) => `${code} ${object} ${message}`);
  }

  /** Proxies that refused something and had not been asked to. */
  listUnwantedRefusals(): readonly string[] {
    return this.#proxies
      .filter(({ mayRefuse }) => !mayRefuse)
      .flatMap(({ name, script }) => script.refusals.map(({ type, message }) => `${name} ${type}: ${message}`));
  }

  /** Resolves when every change has reached every proxy and every answer the control plane. */
  async settle(): Promise<void> {
    // What sources tell is taken in at the end of the turn.
    await nextTurn();
    await nextTurn();
    let quietTurns = 0;
    await this.until('every proxy to be up to date', () => {
      quietTurns = this.#isSettled() ? quietTurns + 1 : 0;
      return quietTurns > QUIET_TURNS;
    });
  }

  #isSettled(): boolean {
    return this.#rounds >= this.#changes && this.#proxies.every((proxy) => this.#isUpToDate(proxy));
  }

  /** Everything that was asked has been heard and answered, and every answer was taken. */
  #isUpToDate(proxy: MeshProxy): boolean {
    const { script } = proxy;
    const stream = this.#streamOf(proxy);
    if (!script.isConnected) return stream === undefined;
    if (stream === undefined || !script.isAnswered) return false;
    const isHeard = script
      .listSubscriptions()
      .every(({ typeUrl, size }) => stream.types.find((type) => type.typeUrl === typeUrl)?.names.size === size);
    return isHeard && stream.types.every(isAnswered);
  }

  #streamOf({ script }: MeshProxy): StreamStatus | undefined {
    return this.#plane.xds.streams().find(({ node }) => node.id === script.nodeId);
  }

  /** Waits for a fact that something else than `apply` brings about. */
  async until(fact: string, isTrue: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!isTrue()) {
      if (performance.now() > deadline) throw new Error(`gave up waiting for ${fact}`);
      await nextTurn();
    }
  }

  #forgetPushes(): void {
    for (const { script } of this.#proxies) script.forgetPushes();
  }
}

function isAnswered({ nonceSent, nonceAcked, lastNack }: WatchStatus): boolean {
  return nonceSent === nonceAcked || lastNack !== undefined;
}

function toLine({ origin, code, message }: Issue): string {
  return `${origin ? toPlace(origin) : '-'} ${code} ${message}`;
}
