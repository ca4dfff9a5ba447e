import { DELIBERATE } from '../../test/support/parity/deliberate.ts';
import { EXCEPTIONS } from '../../test/support/parity/exceptions.ts';
import { generatedNote, type Page, toTable } from './page.ts';

/** In what this control plane means to differ from a real istiod. */
export function createParityPage(): Page {
  const text = [
    generatedNote,
    '# What differs from istiod',
    '',
    'A real istiod and this control plane, on one API server with the same objects, are asked by the same stock Envoy for clusters, endpoints, listeners',
    'and routes. All that they answer is compared, field by field, for every golden case, the example and the cases of `test/parity/cases`. The',
    'differences of these tables are meant to be; any other fails the test.',
    '',
    '`ISTIO_BIN=<folder of pilot-discovery> npx vitest run --project parity` compares; istiod runs without the filters that stock Envoy lacks',
    '(`PILOT_ENABLE_METADATA_EXCHANGE`, `PILOT_ENABLE_ALPN_FILTER` off, `PILOT_DISABLE_MX_ALPN` on).',
    '',
    '## Everywhere',
    '',
    toTable(
      ['ours', 'why'],
      DELIBERATE.map(({ what, reason }) => [what, reason]),
    ),
    '',
    '## In places',
    '',
    toTable(
      ['ours', 'why', 'seen in'],
      EXCEPTIONS.map(({ what, reason, cases }) => [what, reason, cases.map((name) => `\`${name}\``).join(', ')]),
    ),
    '',
  ].join('\n');
  return { path: 'docs/parity.md', text };
}
