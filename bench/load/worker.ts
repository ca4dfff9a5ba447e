/** A process that plays sidecars. */
import { writeRecording } from '../floor/recording.ts';
import { serveProcedures } from '../process/procedures.ts';
import { type Expectation, type Heard, Load, type LoadSettings, type Traffic } from './load.ts';

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
