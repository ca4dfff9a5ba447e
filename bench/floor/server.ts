/** The floor server as a process of its own, so that its CPU and memory can be read like the control plane's. */
import { serveProcedures } from '../process/procedures.ts';
import { type ChangeKind, readRecording } from './recording.ts';
import { ReplayServer } from './replay.ts';

let server: ReplayServer | undefined;

const procedures = {
  /** Reads the recordings, of which the first that knows a class counts, and listens. */
  async listen({ files, address }: { files: readonly string[]; address: string }): Promise<void> {
    const classes = files.toReversed().flatMap((file) => [...readRecording(file)]);
    server = new ReplayServer(new Map(classes));
    await server.listen(address);
  },

  change(kind: ChangeKind): void {
    server?.change(kind);
  },
};

/** What the bench can ask of the floor server. */
export type FloorProcedures = typeof procedures;

serveProcedures(procedures);
