import { parseArgs } from 'node:util';
import type { XdsProtocol } from '../src/xds/view-source.ts';
import type { MeshShape } from './mesh/shape.ts';

/** What a run measures. */
export interface BenchOptions {
  readonly shape: MeshShape;
  readonly proxies: number;
  readonly protocols: readonly XdsProtocol[];
  /** Changes of each kind that are timed. */
  readonly churn: number;
  /** Processes that play the proxies; one keeps up with a server on another core. */
  readonly clients: number;
  /** Where to put all figures as JSON. */
  readonly json: string | undefined;
  /** Put the figures into `docs/performance.md`. */
  readonly write: boolean;
  /** Folder for a CPU profile of the control plane in each phase. */
  readonly profile: string | undefined;
}

/** The command line in words. */
export const USAGE = `npm run bench -- [options]
  --services N     Kubernetes services with an HTTP and a TCP port each (500)
  --endpoints N    pods of each service (4)
  --namespaces N   namespaces they are spread over (10)
  --proxies N      sidecars that connect at once (500)
  --delta, --sotw  one variant of the protocol; --both is the default
  --churn N        timed changes of each kind (10)
  --clients N      processes that play the proxies (1)
  --json FILE      all figures as JSON
  --write          put the figures into docs/performance.md
  --profile DIR    CPU profiles of the control plane, one for each phase, and their top functions`;

const WHOLE = { services: '500', endpoints: '4', namespaces: '10', proxies: '500', churn: '10', clients: '1' } as const;

/** @throws Error with words for the user when an option is unknown or no positive whole number. */
export function parseOptions(args: readonly string[]): BenchOptions | 'help' {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      services: text,
      endpoints: text,
      namespaces: text,
      proxies: text,
      churn: text,
      clients: text,
      delta: flag,
      sotw: flag,
      both: flag,
      write: flag,
      help: { ...flag, short: 'h' },
      json: text,
      profile: text,
    },
  });
  if (values.help) return 'help';
  const whole = (name: keyof typeof WHOLE) => parseWhole(name, values[name] ?? WHOLE[name]);
  const both = values.both || values.delta === values.sotw;
  return {
    shape: { services: whole('services'), endpoints: whole('endpoints'), namespaces: whole('namespaces') },
    proxies: whole('proxies'),
    protocols: both ? ['delta', 'sotw'] : values.delta ? ['delta'] : ['sotw'],
    churn: whole('churn'),
    clients: whole('clients'),
    json: values.json,
    write: values.write,
    profile: values.profile,
  };
}

function parseWhole(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) throw new Error(`--${name} ${text}: expected a whole number above 0`);
  return value;
}
