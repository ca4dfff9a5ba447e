import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

const DEFAULTS = {
  shape: { services: 500, endpoints: 4, namespaces: 10 },
  proxies: 500,
  protocols: ['delta', 'sotw'],
  churn: 10,
  clients: 1,
  json: undefined,
  write: false,
  profile: undefined,
};

describe('parseOptions', () => {
  it.each([
    { args: [], changed: {} },
    { args: ['--delta'], changed: { protocols: ['delta'] } },
    { args: ['--sotw'], changed: { protocols: ['sotw'] } },
    { args: ['--delta', '--sotw'], changed: {} },
    { args: ['--both', '--delta'], changed: {} },
    { args: ['--proxies', '20', '--churn=2', '--json', 'x.json'], changed: { proxies: 20, churn: 2, json: 'x.json' } },
  ])('reads $args', ({ args, changed }) => {
    expect(parseOptions(args)).toEqual({ ...DEFAULTS, ...changed });
  });

  it('asks for help', () => {
    expect(parseOptions(['-h'])).toBe('help');
  });

  it.each([[['--proxies', '0']], [['--proxies', 'many']], [['--prox', '1']]])('refuses %j', (args) => {
    expect(() => parseOptions(args)).toThrow();
  });
});
