import { describe, expect, it } from 'vitest';
import { listPorts, type Part, runUntil } from './lifecycle.ts';

/** A part that writes down what happens to it; `broken` names the step that fails, `never` the one that does not end. */
function part(name: string, told: string[], broken?: 'start' | 'stop' | 'never'): Part {
  return {
    name,
    async start() {
      told.push(`start ${name}`);
      if (broken === 'start') throw new Error(`${name} is broken`);
    },
    async stop() {
      told.push(`stop ${name}`);
      if (broken === 'stop') throw new Error(`${name} does not stop`);
      if (broken === 'never') await new Promise(() => {});
    },
  };
}

const stopped = AbortSignal.abort();
const DRAIN_MS = 1000;

describe('runUntil', () => {
  it('starts nothing after a part that was waiting when it was told to stop', async () => {
    const told: string[] = [];
    const stop = new AbortController();
    const waiting = { ...part('a', told), start: async () => stop.abort() };
    await runUntil(stop.signal, [waiting, part('b', told)], DRAIN_MS);
    expect(told).toEqual(['stop a']);
  });

  it('starts in order and stops in reverse', async () => {
    const told: string[] = [];
    await runUntil(stopped, [part('a', told), part('b', told)], DRAIN_MS);
    expect(told).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('stops what had started when a later part cannot start', async () => {
    const told: string[] = [];
    await expect(runUntil(stopped, [part('a', told), part('b', told, 'start')], DRAIN_MS)).rejects.toThrow(
      'b is broken',
    );
    expect(told).toEqual(['start a', 'start b', 'stop a']);
  });

  it('gives every part its turn even when one fails to stop', async () => {
    const told: string[] = [];
    const run = runUntil(stopped, [part('a', told), part('b', told, 'stop')], DRAIN_MS);
    await expect(run).rejects.toThrow('shutdown was not clean');
    expect(told).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('does not wait longer than it may for a part that hangs', async () => {
    const told: string[] = [];
    await expect(runUntil(stopped, [part('a', told), part('b', told, 'never')], 1)).rejects.toThrow(
      'shutdown was not clean',
    );
    expect(told).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });
});

describe('listPorts', () => {
  it('names those that listen', () => {
    const closed = { ...part('closed', []), port: () => undefined };
    const open = { ...part('open', []), port: () => 15012 };
    expect(listPorts({ closed, open, absent: undefined, none: part('none', []) })).toEqual({ open: 15012 });
  });
});
