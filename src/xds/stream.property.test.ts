import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Contents, proxyView, type Response, ScriptedStream, type ShortType } from './testing.ts';
import type { XdsProtocol } from './view-source.ts';

const CLUSTERS = ['a', 'b', 'c', 'd'] as const;
const ROUTES = ['r', 's'] as const;

/** One state of the mesh: versions of clusters and their endpoints, and the cluster that each route leads to. */
interface World {
  readonly clusters: readonly { readonly name: string; readonly config: number; readonly endpoints: number }[];
  readonly routes: readonly number[];
  readonly listener: number;
  /** Makes routes differ that lead to the same clusters. */
  readonly revision?: number;
}

type Step =
  | { readonly kind: 'change'; readonly world: World }
  | { readonly kind: 'deliver' }
  | { readonly kind: 'ack'; readonly which: number }
  | { readonly kind: 'refuse'; readonly which: number }
  | { readonly kind: 'reconnect' };

const cluster = fc.record({ name: fc.constantFrom(...CLUSTERS), config: fc.nat(2), endpoints: fc.nat(2) });

const world: fc.Arbitrary<World> = fc.record({
  clusters: fc.uniqueArray(cluster, { minLength: 1, selector: ({ name }) => name }),
  routes: fc.tuple(fc.nat(3), fc.nat(3)),
  listener: fc.nat(2),
});

const change = world.map((next): Step => ({ kind: 'change', world: next }));
const deliver = fc.constant<Step>({ kind: 'deliver' });
const ack = fc.nat(3).map((which): Step => ({ kind: 'ack', which }));
const reconnect = fc.constant<Step>({ kind: 'reconnect' });
const refuse = fc.nat(3).map((which): Step => ({ kind: 'refuse', which }));

function contentsOf({
  clusters,
  routes,
  listener,
  revision = 0,
}: World): Record<'cds' | 'eds' | 'lds' | 'rds', Contents> {
  const leadsTo = (i: number) => clusters[(routes[i] ?? 0) % clusters.length]?.name ?? '';
  return {
    cds: Object.fromEntries(clusters.map(({ name, config }) => [name, `${name}=${config}`])),
    eds: Object.fromEntries(clusters.map(({ name, endpoints }) => [name, `${name}=e${endpoints}`])),
    lds: { l: `l=${listener}` },
    rds: Object.fromEntries(ROUTES.map((name, i) => [name, `${name}=${leadsTo(i)}=${revision}`])),
  };
}

/** Splits the clusters into a shared layer and one of the proxy's own, differently for different worlds. */
function viewOf(next: World) {
  const { cds, eds, lds, rds } = contentsOf(next);
  const isOwn = (name: string) => (name.charCodeAt(0) + next.listener) % 2 === 0;
  const shared = Object.fromEntries(Object.entries(cds).filter(([name]) => !isOwn(name)));
  const own = Object.fromEntries(Object.entries(cds).filter(([name]) => isOwn(name)));
  return proxyView({ cds: [shared, own], eds, lds, rds });
}

/** A client as Envoy is one: it applies what it is told, and asks for the endpoints of the clusters it learns of. */
class SimulatedClient {
  readonly held: Record<string, Map<string, string>> = {
    cds: new Map(),
    eds: new Map(),
    lds: new Map(),
    rds: new Map(),
  };
  readonly unanswered: Response[] = [];
  /** Clusters that changed and whose endpoints did not come since. */
  readonly warming = new Set<string>();
  stream: ScriptedStream;
  /** What the server has to tell at present. */
  world: World;
  /** Endpoints that were gone for a while: a state-of-the-world client cannot be told, and keeps them. */
  readonly #vanished = new Set<string>();
  #endpointNames: readonly string[] = [];
  #nonces: Partial<Record<ShortType, string>> = {};
  #hasReconnected = false;
  #versions: Partial<Record<ShortType, string>> = {};

  readonly #appliesOn: 'delivery' | 'acceptance';

  constructor(protocol: XdsProtocol, first: World, appliesOn: 'delivery' | 'acceptance') {
    this.#appliesOn = appliesOn;
    this.world = first;
    this.stream = new ScriptedStream(protocol, viewOf(first));
    this.stream.ask('cds');
    this.stream.ask('lds');
    this.stream.ask('rds', { names: ROUTES });
  }

  /** Loses the stream and what is on its way, and comes again with what it holds. */
  reconnect(): void {
    this.stream = new ScriptedStream('sotw', viewOf(this.world));
    this.#hasReconnected = true;
    this.unanswered.length = 0;
    this.#nonces = {};
    const { cds = '', eds = '', lds = '', rds = '' } = this.#versions;
    this.stream.ask('cds', { version: cds });
    if (this.#endpointNames.length > 0) this.stream.ask('eds', { names: this.#endpointNames, version: eds });
    this.stream.ask('lds', { version: lds });
    this.stream.ask('rds', { names: ROUTES, version: rds });
  }

  get isSotw(): boolean {
    return this.stream.protocol === 'sotw';
  }

  show(next: World): void {
    const { eds } = contentsOf(next);
    this.world = next;
    for (const name of this.held.eds?.keys() ?? []) if (this.isSotw && !(name in eds)) this.#vanished.add(name);
    this.stream.show(viewOf(next));
  }

  /** Takes one response in and applies it, without an answer; false when there is none. */
  deliver(): boolean {
    const response = this.stream.next();
    if (response === undefined) return false;
    expect(this.unanswered.map((other) => other.type)).not.toContain(response.type);
    this.unanswered.push(response);
    if (this.#appliesOn === 'delivery') this.#apply(response);
    return true;
  }

  answer(which: number, refusal?: string): void {
    const response = this.unanswered[which % Math.max(1, this.unanswered.length)];
    if (response === undefined) return;
    this.unanswered.splice(this.unanswered.indexOf(response), 1);
    if (this.#appliesOn === 'acceptance' && refusal === undefined) this.#apply(response);
    const names = { eds: this.#endpointNames, rds: ROUTES };
    if (refusal === undefined) this.stream.ack(response, names);
    else
      this.stream.nack(
        response,
        refusal,
        response.type === 'eds' || response.type === 'rds' ? names[response.type] : [],
      );
  }

  #apply({ type, resources, removed, nonce, version }: Response): void {
    this.#nonces = { ...this.#nonces, [type]: nonce };
    this.#versions = { ...this.#versions, [type]: version };
    const held = this.held[type] ?? new Map();
    const before = new Map(held);
    const isFullState = this.isSotw && (type === 'cds' || type === 'lds');
    if (isFullState) held.clear();
    for (const [name, content] of Object.entries(resources)) {
      const mayRepeat = isFullState || (type === 'eds' && (this.warming.has(name) || this.#vanished.has(name)));
      if (!mayRepeat)
        expect({ type, name, content }).not.toEqual({ type, name, content: this.#accepted(before, name) });
      held.set(name, content);
    }
    for (const name of removed ?? []) held.delete(name);
    if (type === 'eds') for (const name of Object.keys(resources)) this.warming.delete(name);
    if (type === 'cds') this.#followClusters(before);
  }

  /** What the client holds for certain; one that may refuse, or comes again, can be told again what it has. */
  #accepted(before: ReadonlyMap<string, string>, name: string): string | undefined {
    return this.#appliesOn === 'delivery' && !this.#hasReconnected ? before.get(name) : undefined;
  }

  #followClusters(before: ReadonlyMap<string, string>): void {
    const now = this.held.cds ?? new Map();
    for (const [name, content] of now) if (before.get(name) !== content) this.warming.add(name);
    const names = [...now.keys()].sort();
    const added = names.filter((name) => !this.#endpointNames.includes(name));
    const dropped = this.#endpointNames.filter((name) => !names.includes(name));
    for (const name of dropped) {
      this.held.eds?.delete(name);
      this.warming.delete(name);
    }
    this.#endpointNames = names;
    if (added.length + dropped.length === 0) return;
    if (!this.isSotw) this.stream.ask('eds', { names: added, unsubscribe: dropped });
    else {
      // The nonce makes it an ACK of what came last, too.
      this.stream.ask('eds', { names, nonce: this.#nonces.eds ?? '' });
      const answered = this.unanswered.findIndex((response) => response.type === 'eds');
      if (answered >= 0) this.unanswered.splice(answered, 1);
    }
  }

  /** Takes in and accepts everything there is. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; ) {
      while (this.unanswered.length > 0) this.answer(0);
      if (this.deliver()) quiet = 0;
      else {
        quiet++;
        await this.stream.clock.advance(10_000);
      }
    }
  }

  snapshot() {
    return Object.fromEntries(Object.entries(this.held).map(([type, held]) => [type, Object.fromEntries(held)]));
  }

  /** Every route leads to a cluster that the client has. */
  expectRoutesToLead(): void {
    for (const content of this.held.rds?.values() ?? []) {
      expect([...(this.held.cds?.keys() ?? [])]).toContain(content.split('=')[1]);
    }
  }
}

describe.each<XdsProtocol>(['sotw', 'delta'])('any %s client', (protocol) => {
  it('ends with exactly the current view and is never told twice what it holds, or of routes that lead nowhere', async () => {
    await fc.assert(
      fc.asyncProperty(world, fc.array(fc.oneof(change, deliver, ack), { maxLength: 60 }), async (first, steps) => {
        const client = new SimulatedClient(protocol, first, 'delivery');
        await client.settle();
        for (const step of steps) {
          if (step.kind === 'change') client.show(step.world);
          else if (step.kind === 'deliver') client.deliver();
          else if (step.kind === 'ack') client.answer(step.which);
          client.expectRoutesToLead();
        }
        await client.settle();
        expect(client.snapshot()).toEqual(contentsOf(client.world));
        expect([...client.warming]).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('ends with the current view whatever it refused on the way', async () => {
    await fc.assert(
      fc.asyncProperty(
        world,
        fc.array(fc.oneof(change, deliver, ack, refuse), { maxLength: 40 }),
        async (first, steps) => {
          const client = new SimulatedClient(protocol, first, 'acceptance');
          await client.settle();
          for (const step of steps) {
            if (step.kind === 'change') client.show(step.world);
            else if (step.kind === 'deliver') client.deliver();
            else if (step.kind === 'ack') client.answer(step.which);
            else if (step.kind === 'refuse') client.answer(step.which, 'no');
          }
          await client.settle();
          // Another change, since what was refused goes out again with the next one only.
          const { clusters, listener, routes } = client.world;
          const last = {
            routes,
            revision: 1,
            listener: listener + 3,
            clusters: clusters.map((c) => ({ ...c, config: c.config + 3 })),
          };
          client.show(last);
          await client.settle();
          const { cds, lds, rds } = contentsOf(last);
          const held = client.snapshot();
          expect({ cds: held.cds, lds: held.lds, rds: held.rds }).toEqual({ cds, lds, rds });
        },
      ),
      { numRuns: 200 },
    );
  });
});

it('a state-of-the-world client that comes again and again ends with the current view, and is told nothing that it holds', async () => {
  await fc.assert(
    fc.asyncProperty(
      world,
      fc.array(fc.oneof(change, deliver, deliver, ack, ack, reconnect), { maxLength: 60 }),
      async (first, steps) => {
        const client = new SimulatedClient('sotw', first, 'delivery');
        await client.settle();
        for (const step of steps) {
          if (step.kind === 'change') client.show(step.world);
          else if (step.kind === 'deliver') client.deliver();
          else if (step.kind === 'reconnect') client.reconnect();
          else if (step.kind === 'ack') client.answer(step.which);
        }
        await client.settle();
        expect(client.snapshot()).toEqual(contentsOf(client.world));
        expect([...client.warming]).toEqual([]);

        // What it was told last may be told once more, where it went by other versions; then it has them all.
        client.reconnect();
        await client.settle();
        client.reconnect();
        expect(client.stream.settle()).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});
