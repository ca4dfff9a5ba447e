import { describe, expect, it } from 'vitest';
import { FakeClock } from '../kit/fake-clock.ts';
import { BytesInFlight } from './bytes-in-flight.ts';

function stage() {
  const clock = new FakeClock();
  let rooms = 0;
  const bytes = new BytesInFlight({ maxBytes: 100, stallMs: 1000, clock, onRoom: () => rooms++ });
  return { clock, bytes, rooms: () => rooms };
}

describe('BytesInFlight', () => {
  it('has room until its limit is reached, and for some only until a part of it', () => {
    const { bytes } = stage();
    bytes.take(80);
    expect([bytes.hasRoom(1), bytes.hasRoom(0.75)]).toEqual([true, false]);
    bytes.take(200);
    expect(bytes.hasRoom(1)).toBe(false);
  });

  it('tells once that there is room again, if somebody asked', () => {
    const { bytes, rooms } = stage();
    const first = bytes.take(100);
    bytes.take(1).release();
    expect(rooms()).toBe(0);
    expect(bytes.hasRoom(1)).toBe(false);
    first.release();
    first.release();
    expect(rooms()).toBe(1);
    expect(bytes.total).toBe(0);
  });

  it('no longer counts what a connection does not take', async () => {
    const { bytes, clock, rooms } = stage();
    const stalled = bytes.take(60);
    await clock.advance(500);
    bytes.take(60);
    expect(bytes.hasRoom(1)).toBe(false);
    await clock.advance(500);
    expect(rooms()).toBe(1);
    expect(bytes.total).toBe(60);
    stalled.release();
    expect(bytes.total).toBe(60);
  });
});
