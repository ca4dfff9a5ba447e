import type { World } from '../../discovery/world/world.ts';
import type { Clock, Timer } from '../../kit/clock.ts';
import { createLog } from '../../kit/log.ts';
import { type ObjectKey, toPlace } from '../../model/object.ts';
import type { Resource } from '../../xds/resource.ts';
import type { TypeUrl } from '../../xds/type-url.ts';
import type { NackFact } from '../../xds/view-source.ts';
import { type ChangeLog, nameOf } from '../change-log.ts';
import type { ConnectedProxy } from '../proxy/connected-proxy.ts';
import { mayHoldSecrets } from '../proxy/secret-trust.ts';
import type { MeshViews } from '../views/mesh-views.ts';
import type { Witness } from './credibility.ts';
import { parseRefusalText } from './message.ts';
import { ANYBODY, NackBoard } from './nack-board.ts';
import { toRefusalLine } from './refusal-line.ts';
import { WorldIsolation } from './world-isolation.ts';

/** What refusals are judged with. */
export interface TribunalOptions {
  readonly world: World;
  readonly views: MeshViews;
  readonly changes: ChangeLog;
  readonly clock: Clock;
  /** How many proxies whose word counts, other than `id`, have accepted this very version of what they asked for. */
  countAccepting(id: string, typeUrl: TypeUrl, resource: Resource): number;
}

const log = createLog('ads');

/** Objects named one by one in a line. */
const NAMED = 5;
/** How long a proxy must have nothing to ask for until that counts as accepting, in milliseconds. */
const REST_MS = 100;

/** Brings what happens in the mesh before the board that judges refusals, one at a time, and tells operators what comes of it. */
export class Tribunal {
  readonly #options: TribunalOptions;
  readonly #isolation: WorldIsolation;
  readonly #board: NackBoard;
  /** In which change an object came to be what it is; those that are not here were there at the start. */
  readonly #changedAt = new Map<ObjectKey, number>();
  readonly #resting = new Map<string, Timer>();
  #changes = 0;
  #isJudging = false;
  readonly #waiting: (() => void)[] = [];
  #afterwards: (() => void)[] = [];

  constructor(options: TribunalOptions) {
    const { world, changes, clock } = options;
    this.#options = options;
    this.#isolation = new WorldIsolation(world, changes, (key) => this.#changedAt.get(key) ?? 0);
    this.#board = new NackBoard(this.#isolation, clock);
  }

  /** A proxy refused a response. */
  refused(proxy: ConnectedProxy, fact: NackFact): void {
    this.#resting.get(proxy.connection.id)?.cancel();
    this.#judge(() => {
      const verdict = this.#board.judge(fact, this.#toWitness(proxy));
      const fields = { proxy: proxy.connection.id, typeUrl: fact.typeUrl, detail: parseRefusalText(fact.message).text };
      if (verdict.kind === 'unexplained') {
        log.error(
          { event: 'nack.unexplained', ...fields },
          'a proxy refused what no object of a user explains; please report this',
        );
      } else if (verdict.kind === 'unconfirmed') {
        log.warn(
          { event: 'nack.unconfirmed', ...fields },
          'a proxy that did not prove who it is refused an update alone',
        );
      } else if (verdict.kind === 'excessive') {
        log.warn(
          { event: 'nack.excessive', ...fields },
          'a proxy alone refuses more than it may keep from all others; what it refused stays in force',
        );
      } else if (verdict.kind === 'surroundings' || verdict.kind === 'contradicted') {
        log.warn(
          { event: `nack.${verdict.kind}`, ...fields, objects: verdict.objects.join(',') },
          toRefusalLine(verdict.kind, verdict.objects, (key) => this.#placeOf(key)),
        );
      }
    });
  }

  /**
   * Something could not be compiled, which is a defect of ours: what changed last is judged as if a proxy had refused it, lest it keep everybody
   * from every other change.
   */
  failed(err: unknown, proxy?: ConnectedProxy): void {
    const { world, views } = this.#options;
    const compiled = proxy === undefined ? world.snapshot : views.snapshot;
    const message = err instanceof Error ? err.message : String(err);
    this.#judge(() => {
      const isServed = () => compiled === world.snapshot;
      const id = proxy?.connection.id ?? ANYBODY;
      const witness = { id, address: '', isTrusted: true, isServed, countAccepting: () => 0 };
      const verdict = this.#board.judge(toFact(message, [...world.fates().keys()]), witness);
      if (verdict.kind !== 'isolated') return;
      const suspects = verdict.objects.slice(0, NAMED).map((key) => {
        const place = this.#placeOf(key);
        return `${place === undefined ? '' : `${place}: `}${nameOf(key)}`;
      });
      log.error(
        { event: 'compile.defect', objects: verdict.objects.length, err },
        `a defect of the control plane, please report it: compiling failed; suspected and out of force: ${suspects.join(', ')}`,
      );
    });
  }

  /** A proxy has answered everything, and there is nothing more to tell it. */
  settled(proxy: ConnectedProxy): void {
    const { id } = proxy.connection;
    this.#resting.get(id)?.cancel();
    // A listener that was just accepted may yet make it ask for routes.
    const tell = () => {
      this.#resting.delete(id);
      this.#judge(() => this.#isolation.tell(this.#board.settled(id)));
    };
    this.#resting.set(id, this.#options.clock.setTimeout(tell, REST_MS));
  }

  /** A proxy's connection has ended. */
  left(proxy: ConnectedProxy): void {
    this.#resting.get(proxy.connection.id)?.cancel();
    this.#resting.delete(proxy.connection.id);
    this.#judge(() => this.#board.left(proxy.connection.id, (run) => this.#judge(run)));
  }

  /** What is in force is about to be served. */
  pushed(): void {
    // A proxy that rested until now has rested with what it was served before: that says nothing of what comes.
    for (const timer of this.#resting.values()) timer.cancel();
    this.#resting.clear();
    this.#board.pushed();
  }

  /** Objects changed; what judging itself changed is no news. */
  onChange(keys: readonly ObjectKey[]): void {
    if (this.#isJudging || keys.length === 0) return;
    this.#changes++;
    for (const key of keys) {
      if (this.#options.world.findObject(key) === undefined) this.#changedAt.delete(key);
      else this.#changedAt.set(key, this.#changes);
    }
    this.#isolation.forget(keys);
    this.#judge(() => this.#board.forget(keys));
  }

  /** Runs at once, or when what is being judged is decided: what is half decided must not be served. */
  whenDecided(run: () => void): void {
    if (this.#isJudging) this.#afterwards.push(run);
    else run();
  }

  /** Where an object is written; `undefined` when it is nowhere. */
  #placeOf(key: ObjectKey): string | undefined {
    const origin = this.#options.world.findObject(key)?.origin;
    return origin === undefined ? undefined : toPlace(origin);
  }

  #toWitness(proxy: ConnectedProxy): Witness {
    const { connection } = proxy;
    const { world, views } = this.#options;
    return {
      id: connection.id,
      address: connection.peerAddress,
      isTrusted: mayHoldSecrets(connection),
      countAccepting: (typeUrl, resource) => this.#options.countAccepting(connection.id, typeUrl, resource),
      isServed(typeUrl, { name, version }) {
        // What was isolated a moment ago may not have been pushed yet.
        if (views.snapshot !== world.snapshot) views.update(world.snapshot);
        const layers = proxy.view().layers.get(typeUrl) ?? [];
        return layers.some((set) => set.get(name)?.version === version);
      },
    };
  }

  /** Isolating changes the world, and the world tells of that at once: what it leads to has to wait. */
  #judge(run: () => void): void {
    this.#waiting.push(run);
    if (this.#isJudging) return;
    this.#isJudging = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) tryJudge(next);
    } finally {
      this.#isJudging = false;
    }
    const afterwards = this.#afterwards;
    this.#afterwards = [];
    for (const run of afterwards) run();
  }
}

/** One judgement that fails must not keep others from being made. */
function tryJudge(run: () => void): void {
  try {
    run();
  } catch (err) {
    log.error({ event: 'nack.defect', err }, 'a refusal could not be judged');
  }
}

/** A failure to compile, as if a proxy had refused what `origins` compile to. */
function toFact(message: string, origins: readonly ObjectKey[]): NackFact {
  const resources = [{ name: 'compiling', version: '', bytes: Buffer.alloc(0), origins }];
  return { typeUrl: '', nonce: '', version: '', message, resources, suspects: resources, removed: [] };
}
