import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '../../test/support/until.ts';
import { formatTop, type CpuProfile } from './top.ts';

/** Takes CPU profiles of a control plane that was started with `toggle.ts`. */
export class Profiler {
  readonly dir: string;

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true });
    this.dir = path.resolve(dir);
  }

  /** Profiles process `pid` while `run` runs, and keeps the profile and its top functions under `name`. */
  async during<T>(pid: number, name: string, run: () => Promise<T>): Promise<T> {
    const running = path.join(this.dir, 'running');
    process.kill(pid, 'SIGUSR2');
    await until('the start of a profile', () => existsSync(running) || undefined);
    const result = await run();
    process.kill(pid, 'SIGUSR2');
    await until('the end of a profile', () => !existsSync(running) || undefined);
    const file = path.join(this.dir, `${name}.cpuprofile`);
    renameSync(path.join(this.dir, 'last.cpuprofile'), file);
    const profile: CpuProfile = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(path.join(this.dir, `${name}.txt`), formatTop(profile));
    return result;
  }
}
