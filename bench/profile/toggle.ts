/**
 * Loaded into a control plane that is to be profiled: SIGUSR2 starts a CPU profile, the next one ends it and writes it
 * into the folder that `BENCH_PROFILE_DIR` names. The file `running` lies there meanwhile.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import path from 'node:path';

const dir = process.env.BENCH_PROFILE_DIR ?? '.';
const running = path.join(dir, 'running');
/** Microseconds between samples. */
const INTERVAL = 500;

let session: Session | undefined;

async function toggle(): Promise<void> {
  if (session === undefined) {
    session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
    await session.post('Profiler.start');
    writeFileSync(running, '');
    return;
  }
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  session = undefined;
  writeFileSync(path.join(dir, 'last.cpuprofile'), JSON.stringify(profile));
  rmSync(running);
}

process.on('SIGUSR2', () => void toggle());
