/** A process that plays sidecars. */
import { setFlagsFromString } from 'node:v8';
import { writeRecording } from '../floor/recording.ts';
import { serveProcedures } from '../process/procedures.ts';
import { type Expectation, type Heard, Load, type LoadSettings, type Traffic } from './load.ts';

// What is received passes through once. By default V8 marks the whole heap for every 64 MB of it, which takes more time
// than to receive it does, and takes it from the server that is measured.
setFlagsFromString('--external-memory-accounted-in-global-limit');

let load: Load | undefined;

function current(): Load {
  if (load === undefined) throw new Error('no sidecars yet');
  return load;
}

const procedures = {
  /** Makes new sidecars, which are not connected; those of before are closed. */
  prepare(settings: LoadSettings): void {
    load?.keep(0);
    load = new Load(settings);
  },

  open({ address }: { address: string }): void {
    current().open(address);
  },

  complete({ timeoutMs }: { timeoutMs: number }): Promise<readonly number[]> {
    return current().complete(timeoutMs);
  },

  resumed({ timeoutMs }: { timeoutMs: number }): Promise<number> {
    return current().resumed(timeoutMs);
  },

  ended({ timeoutMs }: { timeoutMs: number }): Promise<void> {
    return current().ended(timeoutMs);
  },

  expect(expectation: Expectation): void {
    current().expect(expectation);
  },

  heard({ timeoutMs }: { timeoutMs: number }): Promise<Heard> {
    return current().heard(timeoutMs);
  },

  traffic(): Traffic {
    return current().traffic;
  },

  keep({ kept }: { kept: number }): void {
    current().keep(kept);
  },

  save({ file }: { file: string }): void {
    writeRecording(file, current().recording);
  },
};

/** What the bench can ask of a process that plays sidecars. */
export type LoadProcedures = typeof procedures;

serveProcedures(procedures);
