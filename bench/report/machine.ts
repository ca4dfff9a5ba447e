import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import path from 'node:path';

const repository = path.resolve(import.meta.dirname, '../..');

/** Where and what a run measured; figures of different machines cannot be compared. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly grpcJs: string;
  /** With a `+` when the tree had other changes. */
  readonly commit: string;
  /** YYYY-MM-DD */
  readonly date: string;
}

export function readMachine(): Machine {
  const list = cpus();
  return {
    processor: list[0]?.model.trim() ?? 'unknown',
    cores: list.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.version,
    grpcJs: readVersion('@grpc/grpc-js'),
    commit: readCommit(),
    date: new Date().toISOString().slice(0, 10),
  };
}

function readVersion(name: string): string {
  const file = path.join(repository, 'node_modules', name, 'package.json');
  const { version }: { version: string } = JSON.parse(readFileSync(file, 'utf8'));
  return version;
}

function readCommit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: repository, encoding: 'utf8' }).trim();
  try {
    const commit = git('rev-parse', '--short', 'HEAD');
    return git('status', '--porcelain', '--', 'src', 'bench') === '' ? commit : `${commit}+`;
  } catch {
    return 'unknown';
  }
}
