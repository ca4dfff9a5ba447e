import { readFileSync } from 'node:fs';
import path from 'node:path';
import { listSourceFiles } from '../lint/source.ts';

/**
 * Loads every module of `src` that declares something by calling one of the functions at its top level: no list of
 * such modules is kept, so none can be forgotten.
 */
export async function loadDeclaringModules(repository: string, functions: readonly string[]): Promise<void> {
  const declares = new RegExp(`^(?:export )?(?:const \\w+ = )?(?:${functions.join('|')})(?:<[^>]*>)?\\(`, 'm');
  for (const file of listSourceFiles(repository, ['src'])) {
    if (file.path.endsWith('.test.ts') || !declares.test(readFileSync(path.join(repository, file.path), 'utf8')))
      continue;
    await import(path.join(repository, file.path));
  }
}
