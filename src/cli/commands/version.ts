import { defineCommand, ExitCode } from '../command.ts';
import { flag } from '../flag.ts';
import { getProductVersion } from '../../kit/product-version.ts';

export const version = defineCommand({
  name: 'version',
  summary: 'Print the version of this program.',
  flags: {
    output: flag.oneOf(['text', 'json'], 'How to print it.'),
  },
  run({ output }, { print }) {
    const facts = {
      version: getProductVersion(),
      node: process.version,
      platform: `${process.platform}/${process.arch}`,
    };
    print(
      output === 'json' ? JSON.stringify(facts) : `pilothouse ${facts.version} (node ${facts.node}, ${facts.platform})`,
    );
    return ExitCode.ok;
  },
});
