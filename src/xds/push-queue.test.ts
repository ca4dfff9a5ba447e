import { describe, expect, it } from 'vitest';
import { PushQueue, type PushTarget } from './push-queue.ts';

/** A queue whose time passes by one millisecond each turn, and whose deferred work runs when told. */
class Stage {
  readonly turns: string[] = [];
  room = { served: true, joining: true };
  #deferred: (() => void)[] = [];
  #nowMs = 0;
  readonly queue = new PushQueue({
    hasRoom: (isJoining) => (isJoining ? this.room.joining : this.room.served),
    defer: (run) => this.#deferred.push(run),
    now: () => this.#nowMs++,
  });

  target(name: string, turns: number, isJoining = false): PushTarget {
    let left = turns;
    return {
      isJoining,
      takeTurn: () => {
        this.turns.push(name);
        left--;
        return left > 0;
      },
    };
  }

  /** Runs what was deferred so far, not what that defers. */
  tick(): void {
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const run of deferred) run();
  }

  run(): void {
    while (this.#deferred.length > 0) this.tick();
  }
}

describe('PushQueue', () => {
  it('lets targets take turns', () => {
    const stage = new Stage();
    for (const name of ['a', 'b', 'c']) stage.queue.add(stage.target(name, 2));
    stage.run();
    expect(stage.turns).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    expect(stage.queue.size).toBe(0);
  });

  it('never works within the call that adds', () => {
    const stage = new Stage();
    stage.queue.add(stage.target('a', 1));
    expect(stage.turns).toEqual([]);
  });

  it('has a target stand in line once', () => {
    const stage = new Stage();
    const target = stage.target('a', 1);
    stage.queue.add(target);
    stage.queue.add(target);
    stage.run();
    expect(stage.turns).toEqual(['a']);
  });

  it('moves the two lines alternately', () => {
    const stage = new Stage();
    for (const name of ['j1', 'j2', 'j3', 'j4']) stage.queue.add(stage.target(name, 1, true));
    for (const name of ['s1', 's2']) stage.queue.add(stage.target(name, 1));
    stage.run();
    expect(stage.turns).toEqual(['j1', 's1', 'j2', 's2', 'j3', 'j4']);
  });

  it('gives way to other work after a slice of time', () => {
    const stage = new Stage();
    stage.queue.add(stage.target('a', 50));
    stage.tick();
    expect(stage.turns.length).toBeLessThan(10);
    stage.run();
    expect(stage.turns).toHaveLength(50);
  });

  it('waits while there is no room, and goes on when told', () => {
    const stage = new Stage();
    stage.room = { served: false, joining: false };
    stage.queue.add(stage.target('a', 1));
    stage.run();
    expect(stage.turns).toEqual([]);
    stage.room = { served: true, joining: true };
    stage.queue.resume();
    stage.run();
    expect(stage.turns).toEqual(['a']);
  });

  it('goes on with those that are served when only joining has no room', () => {
    const stage = new Stage();
    stage.room = { served: true, joining: false };
    stage.queue.add(stage.target('j', 1, true));
    stage.queue.add(stage.target('s', 2));
    stage.run();
    expect(stage.turns).toEqual(['s', 's']);
    expect(stage.queue.size).toBe(1);
  });

  it('forgets a target that has gone', () => {
    const stage = new Stage();
    const target = stage.target('a', 1);
    stage.queue.add(target);
    stage.queue.remove(target);
    stage.run();
    expect(stage.turns).toEqual([]);
  });
});
