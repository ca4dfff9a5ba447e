import type { Flag, Flags } from '../../src/cli/flag.ts';
import { clusterSwitches } from '../../src/server/cluster/cluster-switches.ts';
import { debugSwitches } from '../../src/server/debug/debug-policy.ts';
import { discoveryFlags } from '../../src/server/discovery-flags.ts';
import { featureSwitches } from '../../src/server/features.ts';
import { injectionSwitches } from '../../src/server/injection/injection-switches.ts';
import { caSwitches } from '../../src/server/identity/ca-switches.ts';
import { generatedNote, type Page, toTable } from './page.ts';

/** The flags that manifests of a control plane hold. */
export function createFlagsPage(): Page {
  const flags: Flags = discoveryFlags;
  const text = [
    generatedNote,
    '# Flags of `pilothouse discovery`',
    '',
    "Names and defaults are istiod's, so a manifest that was written for it works.",
    '',
    toTable(
      ['flag', 'default', 'environment', 'meaning'],
      Object.entries(flags).map(([name, flag]) => toRow(name, flag)),
    ),
    '',
    '## Environment',
    '',
    'Switches of istiod that change what proxies are sent, or when, those of the certificate authority, of what is written to a cluster, and of injection.',
    'Other variables that begin with `PILOT_` have no effect; those that are set are told at the start.',
    '',
    toTable(
      ['variable', "istiod's default", 'meaning'],
      Object.entries({
        ...featureSwitches,
        ...caSwitches,
        ...clusterSwitches,
        ...injectionSwitches,
        ...debugSwitches,
      }).map(([name, { absent, summary }]) => [`\`${name}\``, `\`${absent}\``, summary]),
    ),
    '',
  ].join('\n');
  return { path: 'docs/flags.md', text };
}

function toRow(name: string, { placeholder, absent, env, summary }: Flag<unknown>): readonly string[] {
  const value = placeholder === undefined ? '' : ` ${placeholder}`;
  const code = (text: string | undefined) => (text === undefined || text === '' ? '' : `\`${text}\``);
  return [code(`--${name}${value}`), code(absent?.text), code(env), summary];
}
