import { readFileSync } from 'node:fs';
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Codes of issues and notes, as objects carry them and as places hand them on. */
const CODE =
  /\bcode: '([A-Z]+(?:_[A-Z0-9]+)+)'|(?<!env\.\w+\()'((?:VS|DR|GW|SE|WE|SIDECAR|GATEWAY|LISTENER|INBOUND|CREDENTIAL|DNS|FILE|DIRECTORY|ENVOY)_[A-Z_]+)', /g;

function listUsed(): readonly string[] {
  const files = globSync('src/**/*.ts').filter((file) => !file.endsWith('.test.ts') && !file.startsWith('src/gen/'));
  const used = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(CODE)].map(([, a, b]) => a ?? b ?? ''));
  return [...new Set(used)].filter((code) => !NOT_CODES.has(code)).sort();
}

/** Values of Envoy and of Istio that look like codes of ours. */
const NOT_CODES = new Set([
  'LISTENER_FILTER',
  'DNS_ROUND_ROBIN',
  'DNS_CAPTURE',
  'DNS_AUTO_ALLOCATE',
  'ENVOY_STATUS_PORT',
  'ENVOY_PROMETHEUS_PORT',
  'ENVOY_SECURE_METRICS_PORT',
]);

describe('docs/errors.md', () => {
  it('lists every code that the source gives', () => {
    const page = readFileSync('docs/errors.md', 'utf8');
    expect(listUsed().filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });
});
