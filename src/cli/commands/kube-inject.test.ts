import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import { afterAll, describe, expect, it } from 'vitest';
import { isJsonObject, listAt, textAt } from '../../injector/json.ts';
import { getProductVersion } from '../../kit/product-version.ts';
import { ExitCode } from '../command.ts';
import { createProgram } from '../program.ts';
import { kubeInject } from './kube-inject.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pilothouse-kube-inject-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const full = path.join(folder, name);
  writeFileSync(full, text);
  return full;
}

async function run(...argv: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const context = {
    print: (text: string) => void out.push(text),
    printError: (text: string) => void err.push(text),
    // No kubeconfig of whoever runs this.
    env: { HOME: folder },
    signal: new AbortController().signal,
  };
  const code = await createProgram([kubeInject]).run(['kube-inject', ...argv], context);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const deployment = (spec: string, labels = '') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web${labels}}}
    spec: {containers: [{name: web, image: "web:1"}]${spec}}
`;

const containersOf = (text: string) =>
  loadAll(text)
    .filter(isJsonObject)
    .map((object) => listAt(object, 'spec', 'template', 'spec', 'containers'));

describe('pilothouse kube-inject', () => {
  it('injects by what is built in where there is no cluster and no file', async () => {
    const { code, out } = await run('-f', file('a.yaml', deployment('')));
    const [containers = []] = containersOf(out);
    expect([code, containers.map((container) => textAt(container, 'name'))]).toEqual([
      ExitCode.ok,
      ['web', 'istio-proxy'],
    ]);
    const images = [...out.matchAll(/image: (\S*proxy\S*)/g)].map(([, image]) => image);
    expect(images).toEqual(Array(2).fill(`pilothouse/proxy:${getProductVersion()}`));
    expect(out.endsWith('\n---')).toBe(true);
  });

  it('goes by its files, and writes where it is told', async () => {
    const output = path.join(folder, 'out.yaml');
    const { code, out } = await run(
      ...['-f', file('a.yaml', deployment('')), '-o', output],
      ...['--injectConfigFile', file('config', 'policy: disabled\ninjectedAnnotations: {a: b}\n')],
      ...['--valuesFile', file('values', '{"global":{"hub":"h","tag":"t"}}')],
      ...['--meshConfigFile', file('mesh', 'trustDomain: td\n')],
    );
    expect([code, out]).toEqual([ExitCode.ok, '']);
    const text = readFileSync(output, 'utf8');
    const [containers = []] = containersOf(text);
    expect(containers.map((container) => textAt(container, 'image'))).toEqual(['web:1', 'h/proxyv2:t']);
    expect(text).toMatch(/name: TRUST_DOMAIN\s+value: td/);
    expect(text).toMatch(/^ {8}a: b$/m);
  });

  it.each([
    { what: 'the network of its node', text: deployment(', hostNetwork: true'), says: 'has host networking enabled' },
    {
      what: 'a label that says no',
      text: deployment('', ', sidecar.istio.io/inject: "false"'),
      says: 'has sidecar injection disabled',
    },
  ])('leaves a pod with $what as it is, and says so', async ({ text, says }) => {
    expect(await run('-f', file('a.yaml', text))).toEqual({
      code: ExitCode.ok,
      out: `${text}---`,
      err: `===> Skipping injection because Deployment "shop/web" ${says}`,
    });
  });

  it('puts several files behind each other', async () => {
    const service = 'kind: Service\nmetadata: {name: a}\n';
    const { out } = await run('-f', `${file('s.yaml', service)},${file('t.yaml', service)}`);
    expect(out).toBe(`${service}---\n${service}---`);
  });

  it.each([
    { what: 'no file', argv: () => [], code: ExitCode.usage, says: '--filename is required' },
    {
      what: 'a pod that cannot be',
      argv: () => [
        '-f',
        file('a.yaml', deployment('').replace('labels:', 'annotations: {sidecar.istio.io/proxyCPU: x}, labels:')),
      ],
      code: ExitCode.failed,
      says: "a.yaml: invalid value 'x' for annotation 'sidecar.istio.io/proxyCPU'",
    },
    {
      what: 'a file that is no YAML',
      argv: () => ['-f', file('b.yaml', 'a: [\n')],
      code: ExitCode.failed,
      says: 'b.yaml: document 1 cannot be read',
    },
    {
      what: 'settings that cannot be read',
      argv: () => ['-f', file('a.yaml', deployment('')), '--injectConfigFile', file('config', 'a: [')],
      code: ExitCode.failed,
      says: 'config, line 1',
    },
    { what: 'a file that is not there', argv: () => ['-f', '/none'], code: ExitCode.failed, says: '/none' },
  ])('refuses $what', async ({ argv, code, says }) => {
    const result = await run(...argv());
    expect([result.code, result.err]).toEqual([code, expect.stringContaining(says)]);
  });
});
