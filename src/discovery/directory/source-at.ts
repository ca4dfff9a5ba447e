import { basename } from 'node:path';
import { declareFaults } from '../../kit/fault.ts';
import type { ConfigSource } from '../source.ts';
import { findAt } from './config-file.ts';
import { DirectorySource } from './directory-source.ts';
import { isConfigFile } from './file-name.ts';
import { FileSource } from './file-source.ts';

const sourceFault = declareFaults({
  CONFIG_DIR_UNUSABLE: {
    blame: 'us',
    retry: false,
    meaning: 'What --configDir names is neither a directory nor a file of YAML or JSON.',
  },
});

/**
 * The source of what is at a path: a directory with all below it, or one file whose name says that it holds objects. A path at which nothing
 * is yet is one of a directory to come.
 *
 * @throws Fault when something else is there.
 */
export function createSourceAt(path: string): ConfigSource {
  const found = findAt(path);
  if (found.kind === 'unusable') throw sourceFault('CONFIG_DIR_UNUSABLE', `${path} ${found.because}`);
  if (found.kind !== 'file') return new DirectorySource({ path });
  if (isConfigFile(basename(path))) return new FileSource({ path });
  throw sourceFault(
    'CONFIG_DIR_UNUSABLE',
    `${path} is a file whose name ends in none of .yaml, .yml and .json; expected one that does, or a directory`,
  );
}
