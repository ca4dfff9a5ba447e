import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { getProductVersion } from '../kit/product-version.ts';
import { toInitImage, toProxyImage } from './images.ts';
import { isJsonObject, textsAt } from './json.ts';
import { parseInjectionValues } from './values.ts';

const OWN = `pilothouse/proxy:${getProductVersion()}`;

/** The key `values` of the ConfigMap that is installed. */
function readManifest(): string {
  const text = readFileSync(new URL('../../deploy/manifests/35-injection.yaml', import.meta.url), 'utf8');
  const maps = loadAll(text).filter(isJsonObject);
  return maps.map((map) => textsAt(map, 'data').values ?? '').join('');
}

describe('parseInjectionValues', () => {
  it.each<[what: string, text: string, proxy: string, init: string]>([
    ['nobody says anything', '', OWN, OWN],
    ['others are said', '{"global":{"imagePullPolicy":"Always"}}', OWN, OWN],
    ['as it is installed', readManifest(), OWN, OWN],
    ['a tag is said', '{"global":{"tag":"t"}}', 'pilothouse/proxy:t', 'pilothouse/proxy:t'],
    ['a hub is said, as of Istio', '{"global":{"hub":"h"}}', 'h/proxyv2:latest', 'h/proxyv2:latest'],
    ['hub and tag are said', '{"global":{"hub":"h","tag":"t"}}', 'h/proxyv2:t', 'h/proxyv2:t'],
    [
      'all is said',
      '{"global":{"hub":"h","tag":"t","proxy":{"image":"p"},"proxy_init":{"image":"i"}}}',
      'h/p:t',
      'h/i:t',
    ],
  ])('names our image until values name another: %s', (_, text, proxy, init) => {
    const values = parseInjectionValues(text);
    expect([toProxyImage(values, {}, {}), toInitImage(values, {})]).toEqual([proxy, init]);
  });
});
