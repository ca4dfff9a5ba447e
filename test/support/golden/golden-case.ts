import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** Which proxy asks. */
export interface AskingProxy {
  /** `namespace/name`. */
  readonly sidecar?: string;
  /** `namespace/name`. */
  readonly router?: string;
  readonly ip?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly interception?: string;
  /** There is an agent beside it, which has certificates. */
  readonly agent?: boolean;
  /** It is istio-proxy, and has Istio's filters. */
  readonly istio?: boolean;
  /** `region/zone/subzone`. */
  readonly locality?: string;
  readonly network?: string;
  readonly domain?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** The leading document of a case. */
export interface Question {
  readonly proxy?: AskingProxy;
  /** Files of `test/golden/shared` whose objects are there as well. */
  readonly with?: readonly string[];
  /** What of the output is compared; see `select.ts`. */
  readonly show: readonly string[];
}

/** One golden case as it lies in its folder. */
export interface GoldenCase {
  /** `feature/case`. */
  readonly name: string;
  /** The first line of its input: why it exists. */
  readonly why: string;
  readonly question: Question;
  /** Files of objects, by name. */
  readonly files: Readonly<Record<string, string>>;
  readonly outPath: string;
}

/** Reads a case. @throws Error that says what of its form is wrong. */
export function readGoldenCase(root: string, name: string): GoldenCase {
  const text = readFileSync(join(root, name, 'in.yaml'), 'utf8');
  const [first = ''] = text.split('\n');
  if (!/^# \S.{20,}/.test(first))
    throw new Error(`${name}/in.yaml: its first line must be a comment that says why it exists`);
  const end = /^---$/m.exec(text);
  if (end === null) throw new Error(`${name}/in.yaml: the question and the objects must be separate documents`);
  const question = toQuestion(name, parse(text.slice(0, end.index)));
  // The lines of the question stay as empty ones, so that places in messages are those of the file.
  const blank = text.slice(0, end.index).replace(/[^\n]/g, '');
  const shared = (question.with ?? []).map((file) => [`shared/${file}.yaml`, readShared(root, file)]);
  return {
    name,
    why: first.slice(2),
    question,
    files: { ...Object.fromEntries(shared), 'in.yaml': blank + text.slice(end.index) },
    outPath: join(root, name, 'out.yaml'),
  };
}

function readShared(root: string, file: string): string {
  return readFileSync(join(root, 'shared', `${file}.yaml`), 'utf8');
}

function toQuestion(name: string, value: unknown): Question {
  if (!isQuestion(value)) throw new Error(`${name}/in.yaml: its first document must say what to \`show\``);
  const unknown = Object.keys(value).filter((key) => !['proxy', 'with', 'show'].includes(key));
  if (unknown.length > 0) throw new Error(`${name}/in.yaml: its first document has no field ${unknown.join(', ')}`);
  return value;
}

function isQuestion(value: unknown): value is Question {
  return typeof value === 'object' && value !== null && 'show' in value && Array.isArray(value.show);
}
