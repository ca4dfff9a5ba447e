import { beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../kit/fake-clock.ts';
import { configureLogs, createLog } from '../kit/log.ts';
import { BytesInFlight } from './bytes-in-flight.ts';
import { PushQueue } from './push-queue.ts';
import { decodeDeltaRequest } from './request-decoding.ts';
import type { ProxyView } from './resource.ts';
import { type SplicedResponse, toBuffer } from './response-encoding.ts';
import { Session } from './session.ts';
import { type Ask, decodeResponse, encodeRequest, proxyView, type ShortType, TYPES } from './testing.ts';
import type { AckFact, ConnectionRequest, NackFact, SentFact } from './view-source.ts';

beforeAll(() => configureLogs({ levels: new Map([['ads', 'none']]) }));

const LARGE = 'x'.repeat(1000);

const connection: ConnectionRequest = {
  id: 'reviews-v1.default-7',
  peerAddress: '127.0.0.1:1',
  protocol: 'delta',
  transport: 'plaintext',
  header: () => [],
  node: {
    id: 'n',
    cluster: '',
    metadata: {},
    locality: { region: '', zone: '', subZone: '' },
    userAgentName: '',
    userAgentVersion: '',
    extensions: new Set(),
    clientFeatures: [],
  },
};

/** A session whose connection takes responses when told, and whose queue runs when told. */
class Stage {
  readonly clock = new FakeClock();
  readonly written: Buffer[] = [];
  readonly facts: string[] = [];
  closed = 0;
  view: ProxyView;
  readonly bytesInFlight: BytesInFlight;
  readonly session: Session;
  #taken: (() => void)[] = [];
  #deferred: (() => void)[] = [];

  constructor(view: ProxyView, limits: { maxStreamBytes: number; maxBytes: number }) {
    this.view = view;
    const queue = new PushQueue({
      hasRoom: () => this.bytesInFlight.hasRoom(1),
      defer: (run) => this.#deferred.push(run),
      now: () => this.clock.monotonic(),
    });
    const onRoom = () => queue.resume();
    this.bytesInFlight = new BytesInFlight({ maxBytes: limits.maxBytes, stallMs: 1000, clock: this.clock, onRoom });
    const writer = {
      write: (response: SplicedResponse, onTaken: () => void) => {
        this.written.push(toBuffer(response));
        this.#taken.push(onTaken);
      },
    };
    const handle = {
      view: () => this.view,
      onAck: ({ nonce }: AckFact) => this.note(`ack ${nonce}`),
      onNack: ({ nonce }: NackFact) => this.note(`nack ${nonce}`),
      onSent: ({ metric, nonce, resources }: SentFact) => this.note(`sent ${metric} ${nonce} ${resources}`),
      onSettled: () => this.note('settled'),
      close: () => this.closed++,
    };
    this.session = new Session(writer, connection, handle, {
      queue,
      bytesInFlight: this.bytesInFlight,
      clock: this.clock,
      log: createLog('ads'),
      patienceMs: 5000,
      maxStreamBytes: limits.maxStreamBytes,
    });
  }

  /** Notes what the handle is told; a test may make this throw. */
  note(fact: string): void {
    this.facts.push(fact);
  }

  ask(type: ShortType, ask: Ask = {}): void {
    this.session.receive(decodeDeltaRequest(encodeRequest('delta', TYPES[type], ask)));
  }

  /** The types of what was written since the last look. */
  run(): string[] {
    const before = this.written.length;
    while (this.#deferred.length > 0) this.#deferred.shift()?.();
    return this.written.slice(before).map((bytes) => decodeResponse('delta', bytes).type);
  }

  take(): void {
    this.#taken.shift()?.();
  }
}

const threeTypes = { cds: { c: LARGE }, eds: { e: LARGE }, lds: { l: LARGE } };

function askForAll(stage: Stage): void {
  stage.ask('cds');
  stage.ask('eds', { names: ['e'] });
  stage.ask('lds');
}

describe('Session', () => {
  it('writes nothing more while its connection holds too much, and goes on when that is taken', () => {
    const stage = new Stage(proxyView(threeTypes), { maxStreamBytes: 2000, maxBytes: 1e6 });
    askForAll(stage);
    expect(stage.run()).toEqual(['cds', 'eds']);
    expect(stage.run()).toEqual([]);
    stage.take();
    expect(stage.run()).toEqual(['lds']);
  });

  it('waits while all streams together hold too much', () => {
    const stage = new Stage(proxyView(threeTypes), { maxStreamBytes: 1e6, maxBytes: 1000 });
    askForAll(stage);
    expect(stage.run()).toEqual(['cds']);
    stage.take();
    expect(stage.run()).toEqual(['eds']);
  });

  it('looks again when patience with an unanswered response ends', async () => {
    const stage = new Stage(proxyView({ cds: { c: '1' } }), { maxStreamBytes: 1e6, maxBytes: 1e6 });
    stage.ask('cds');
    expect(stage.run()).toEqual(['cds']);
    stage.take();
    stage.view = proxyView({ cds: { c: '2' } });
    stage.session.push({ sinceMs: 0 });
    expect(stage.run()).toEqual([]);
    await stage.clock.advance(5000);
    expect(stage.run()).toEqual(['cds']);
  });

  it('releases what it holds when it closes, once', () => {
    const stage = new Stage(proxyView(threeTypes), { maxStreamBytes: 1e6, maxBytes: 1e6 });
    askForAll(stage);
    stage.run();
    expect(stage.bytesInFlight.total).toBeGreaterThan(3000);
    stage.session.close();
    stage.session.close();
    stage.take();
    expect([stage.bytesInFlight.total, stage.closed]).toEqual([0, 1]);
    stage.session.push({ sinceMs: 0 });
    expect(stage.run()).toEqual([]);
  });

  it('joins until what Envoy starts with is answered', () => {
    const stage = new Stage(proxyView({ cds: {} }), { maxStreamBytes: 1e6, maxBytes: 1e6 });
    stage.ask('cds');
    expect(stage.session.isJoining).toBe(true);
    stage.run();
    expect(stage.session.isJoining).toBe(false);
  });

  it('tells its handle what was sent and answered, and when there is nothing more', () => {
    const stage = new Stage(proxyView({ cds: { c: '1' } }), { maxStreamBytes: 1e6, maxBytes: 1e6 });
    stage.ask('cds');
    stage.run();
    stage.ask('cds', { nonce: '7-1' });
    stage.run();
    expect(stage.facts).toEqual(['sent cds 7-1 1', 'ack 7-1', 'settled']);
    stage.view = proxyView({ cds: { c: '2' } });
    stage.session.push({ sinceMs: 0 });
    stage.run();
    stage.ask('cds', { nonce: '7-2', refusal: 'no' });
    stage.run();
    expect(stage.facts.slice(3)).toEqual(['sent cds 7-2 1', 'nack 7-2', 'settled']);
  });

  it('goes on when its handle fails to take a fact in', () => {
    const stage = new Stage(proxyView({ eds: { a: '1', b: '1' } }), { maxStreamBytes: 1e6, maxBytes: 1e6 });
    stage.note = () => {
      throw new Error('defect');
    };
    stage.ask('eds', { names: ['a'] });
    expect(stage.run()).toEqual(['eds']);
    stage.ask('eds', { nonce: '7-1', names: ['b'] });
    expect(stage.run()).toEqual(['eds']);
  });

  it('goes on with a view that failed once', () => {
    const stage = new Stage(proxyView({ cds: { c: '1' } }), { maxStreamBytes: 1e6, maxBytes: 1e6 });
    const good = stage.view;
    Object.defineProperty(stage, 'view', {
      configurable: true,
      get: () => {
        throw new Error('defect');
      },
    });
    stage.ask('cds');
    stage.session.push({ sinceMs: 0 });
    expect(stage.run()).toEqual([]);
    Object.defineProperty(stage, 'view', { value: good });
    stage.session.push({ sinceMs: 0 });
    expect(stage.run()).toEqual(['cds']);
  });
});
