/** One instruction of a Dockerfile. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** A part of a Dockerfile that begins with `FROM`. */
export interface Stage {
  /** What it starts from, with the defaults of arguments filled in. */
  readonly from: string;
  readonly alias: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** A `COPY`: from this repository, or from another stage or image. */
export interface Copy {
  readonly from: string | undefined;
  readonly sources: readonly string[];
  readonly target: string;
}

const KNOWN = ['ARG', 'CMD', 'COPY', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'FROM', 'RUN', 'USER', 'WORKDIR'];

/** Reads the stages of a Dockerfile. @throws Error on what is no Dockerfile, or says what ours never need to. */
export function readStages(text: string): readonly Stage[] {
  const defaults = new Map<string, string>();
  const stages: { from: string; alias: string | undefined; instructions: Instruction[] }[] = [];
  for (const instruction of readInstructions(text)) {
    const stage = stages.at(-1);
    if (instruction.name === 'FROM') stages.push(readFrom(instruction.text, defaults));
    else if (stage !== undefined) stage.instructions.push(instruction);
    else readArgument(instruction, defaults);
  }
  return stages;
}

/** The copies of a stage, in order. */
export function listCopies({ instructions }: Stage): readonly Copy[] {
  return instructions
    .filter(({ name }) => name === 'COPY')
    .map(({ text }) => {
      const [, from, rest = ''] = /^(?:--from=(\S+)\s+)?(.*)$/.exec(text) ?? [];
      const words = rest.split(/\s+/);
      return { from, sources: words.slice(0, -1), target: words.at(-1) ?? '' };
    });
}

/** What the last instruction of a name says in a stage. */
export function findLast({ instructions }: Stage, name: string): string | undefined {
  return instructions.findLast((instruction) => instruction.name === name)?.text;
}

function readInstructions(text: string): readonly Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  return lines.map((line) => {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.+)$/.exec(line) ?? [];
    if (!KNOWN.includes(name)) throw new Error(`"${line}" is no instruction`);
    return { name, text: rest.trim() };
  });
}

function readFrom(text: string, defaults: ReadonlyMap<string, string>) {
  const [, image = '', alias] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(text) ?? [];
  const from = image.replace(/\$\{(\w+)\}/g, (_, name: string) => defaults.get(name) ?? '');
  if (from === '') throw new Error(`FROM ${text} starts from nothing`);
  return { from, alias, instructions: [] };
}

function readArgument({ name, text }: Instruction, defaults: Map<string, string>): void {
  const [, argument, value] = /^(\w+)=(\S+)$/.exec(text) ?? [];
  if (name !== 'ARG' || argument === undefined || value === undefined)
    throw new Error(`${name} ${text} stands before FROM`);
  defaults.set(argument, value);
}
