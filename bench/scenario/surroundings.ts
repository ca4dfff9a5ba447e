import type { Fleet } from '../load/fleet.ts';
import type { BenchOptions } from '../options.ts';
import type { Program } from '../process/program.ts';

/** What a run needs. */
export interface Surroundings {
  readonly options: BenchOptions;
  readonly fleet: Fleet;
  /** The control plane, the same for the whole run. */
  readonly program: Program;
  /** A folder for everything that is gone after the run. */
  readonly workDir: string;
  /** Is told what is being done. */
  readonly say: (text: string) => void;
}

/** Rounds where results vary little: with one proxy, and of the floor. */
export const FEW_ROUNDS = 5;
/** Rounds of one kind together take no longer, however slow the machine: the last one that begins is the last. */
export const ROUNDS_MS = 12_000;
