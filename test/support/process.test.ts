import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeExit, type RunningProcess, startProcess, whileRunning } from './process.ts';
import { until } from './until.ts';

let dir: string;
let started: RunningProcess[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pilothouse-process-'));
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((running) => running.kill()));
  await rm(dir, { recursive: true, force: true });
});

async function startNode(script: string, onLine?: (line: string) => void): Promise<RunningProcess> {
  const running = await startProcess({
    name: 'child',
    command: [process.execPath, '--input-type=module', '-e', script],
    logPath: join(dir, 'child.log'),
    ...(onLine === undefined ? {} : { onLine }),
  });
  started.push(running);
  return running;
}

/** Not so for one that has ended and is still on the books. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return /^[^Z]/.test(status.stdout.trim());
}

describe('startProcess', () => {
  it('gives each line to the log, to the listener and to the tail', async () => {
    const lines: string[] = [];
    const running = await startNode('console.log("out"); console.error("err")', (line) => lines.push(line));
    expect(await running.exited).toEqual({ code: 0, signal: null });
    expect(lines.sort()).toEqual(['err', 'out']);
    expect(running.tail().sort()).toEqual(['err', 'out']);
    const log = () => readFile(running.logPath, 'utf8').then((text) => (text.length === 8 ? text : undefined));
    expect(await until('the log', log)).toMatch(/^(out\nerr\n|err\nout\n)$/);
  });

  it('stops with SIGTERM', async () => {
    const running = await startNode('setInterval(() => {}, 1000)');
    expect(await running.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(running.isStopping).toBe(true);
  });

  it('kills what ignores SIGTERM', async () => {
    const running = await startNode('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("up")');
    await until('the handler', () => running.tail()[0]);
    expect(await running.stop(20)).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('leaves nothing behind when its own process is killed', async () => {
    const module = new URL('process.ts', import.meta.url).href;
    const logPath = JSON.stringify(join(dir, 'grandchild.log'));
    const parent = await startNode(`
      import { startProcess } from ${JSON.stringify(module)};
      const child = await startProcess({ name: 'grandchild', command: ['sleep', '60'], logPath: ${logPath} });
      console.log(child.pid);
    `);
    const pid = Number(await until('the grandchild', () => parent.tail()[0]));
    expect(await isRunning(pid)).toBe(true);
    await parent.kill();
    await until('its end', async () => ((await isRunning(pid)) ? undefined : true));
  });

  it('rejects when there is no such program', async () => {
    const command: [string] = [join(dir, 'nothing')];
    await expect(startProcess({ name: 'child', command, logPath: join(dir, 'log') })).rejects.toThrow('ENOENT');
  });
});

describe('a process that starts others', () => {
  it('takes them along when it ends', async () => {
    const support = new URL('./process.ts', import.meta.url).href;
    const running = await startNode(`
      const { startProcess } = await import(${JSON.stringify(support)});
      const command = [process.execPath, '-e', 'setInterval(() => {}, 1000)'];
      const { pid } = await startProcess({ name: 'grandchild', command, logPath: ${JSON.stringify(join(dir, 'log'))} });
      console.log(pid);
      process.exit(0);
    `);
    await running.exited;
    const pid = Number(running.tail()[0]);
    const gone = () => (isAlive(pid) ? undefined : true);
    expect(await until('the end of the grandchild', gone)).toBe(true);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('whileRunning', () => {
  it('rejects with the tail of the log when the process dies first', async () => {
    const running = await startNode('console.log("no such port"); process.exit(3)');
    const never = new Promise<void>(() => undefined);
    await expect(whileRunning(running, never)).rejects.toThrow(
      `child (pid ${running.pid}) ended with code 3; the end of ${running.logPath}:\n    no such port`,
    );
  });

  it('gives what the promise gives', async () => {
    const running = await startNode('setInterval(() => {}, 1000)');
    expect(await whileRunning(running, Promise.resolve('ready'))).toBe('ready');
  });
});

describe('describeExit', () => {
  it('names the signal', async () => {
    const running = await startNode('setInterval(() => {}, 1000)');
    await running.kill();
    expect(await describeExit(running)).toContain(`child (pid ${running.pid}) was ended by SIGKILL`);
  });
});
