import { afterEach, describe, expect, it } from 'vitest';
import { startMemoryWorld, timedRule } from '../../../test/support/world.ts';
import { configureLogs } from '../../kit/log.ts';
import { objectKey } from '../../model/object.ts';

const KEY = objectKey('VirtualService', 'default', 'a');

let lines: string[] = [];

function listen(): void {
  configureLogs({
    format: 'json',
    levels: new Map([['config', 'info']]),
    write: (line) => lines.push(String(JSON.parse(line).msg)),
  });
}

afterEach(() => {
  configureLogs({ levels: new Map([['config', 'none']]) });
  lines = [];
});

describe('what operators hear of an object with errors', () => {
  it('is which version is in force, and once more when another text is as wrong', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', '1s') });
    listen();
    await mesh.write({ a: timedRule('a', 'soon') });
    await mesh.write({ a: timedRule('a', 'soon').replace('name: a', 'labels: {x: y}, name: a') });
    await mesh.write({ a: timedRule('a', '2s') });
    expect(lines.map((line) => line.replace(/^a:\d+:\d+: /, ''))).toEqual([
      expect.stringMatching(/"soon".*; its version of a:\d+:\d+ before that stays in force$/),
      expect.stringMatching(/"soon".*; its version of a:\d+:\d+ before that stays in force$/),
      'VirtualService default/a is in force again as it is written',
    ]);
  });

  it('is that nothing is in force, when no earlier version is known', async () => {
    const mesh = await startMemoryWorld({});
    listen();
    await mesh.write({ a: timedRule('a', 'soon') });
    await mesh.write({ a: timedRule('a', '2s') });
    expect(lines.map((line) => line.replace(/^a:\d+:\d+: /, ''))).toEqual([
      expect.stringMatching(/"soon".*; no earlier version is known, so it is absent$/),
      'VirtualService default/a is in force',
    ]);
  });

  it('is which objects stay in force, when nobody can say which of them a text is', async () => {
    const mesh = await startMemoryWorld({ a: ['a', 'b', 'c', 'd', 'e'].map((name) => timedRule(name, '1s')).join('') });
    listen();
    const half = timedRule('a', '2s').replace('VirtualService', 'VirtualServce');
    const rest = ['b', 'c', 'd', 'e'].map((name) => timedRule(name, '1s')).join('');
    await mesh.write({ a: half + rest });
    await mesh.write({ a: timedRule('A_', '2s') + rest });
    await mesh.write({ a: half });
    await mesh.write({ a: timedRule('a', '2s') });
    expect(lines).toEqual([
      expect.stringMatching(/VirtualServce.*; the last good version of VirtualService default\/a stays in force$/),
      expect.stringMatching(/"A_".*; the last good version of VirtualService default\/a stays in force$/),
      expect.stringMatching(
        /; the last good versions of VirtualService default\/a, VirtualService default\/b, VirtualService default\/c and 2 others stay in force$/,
      ),
    ]);
  });

  it('is no more than what is wrong, when nothing went with it', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', '1s') });
    listen();
    await mesh.write({ a: timedRule('a', '1s') + timedRule('b', '1s').replace('VirtualService', 'VirtualServce') });
    expect(lines).toEqual([expect.stringMatching(/did you mean VirtualService\?$/)]);
  });
});

describe('the text of an object', () => {
  it('is the present one, right or wrong; that of the version in force is kept beside it', async () => {
    const right = timedRule('a', '1s');
    const mesh = await startMemoryWorld({ a: right });
    await mesh.write({ a: timedRule('a', 'soon') });
    const found = mesh.world.findObject(KEY);
    expect(found?.text).toContain('soon');
    expect(found?.textInForce).toContain('1000');
  });
});
