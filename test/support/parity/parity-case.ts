import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readDocuments } from '../../../src/config/read/read-documents.ts';
import { isKubeObject, type KubeObject } from '../../../src/kube/object.ts';
import { type AskingProxy, readGoldenCase } from '../golden/golden-case.ts';
import { GOLDEN_ROOT, listGoldenCases } from '../golden/golden-cases.ts';
import { toProxyPod } from './node.ts';
import { isPlain } from './plain.ts';

/** Objects of a cluster, and the proxies that ask about them. */
export interface ParityCase {
  readonly name: string;
  readonly proxies: readonly [AskingProxy, ...AskingProxy[]];
  readonly objects: readonly KubeObject[];
}

const CASES_ROOT = fileURLToPath(new URL('../../parity/cases/', import.meta.url));
const EXAMPLES_ROOT = fileURLToPath(new URL('../../../examples/', import.meta.url));

/** An agent is there: istiod takes none for granted that has none. */
const CLIENT: AskingProxy = { sidecar: 'default/client', agent: true };
const INGRESS: AskingProxy = { router: 'istio-system/ingressgateway', ip: '10.2.0.2', agent: true };

/** Everything that is compared: the goldens, the example, and the cases made for this. */
export function listParityCases(): readonly ParityCase[] {
  return [...listGoldenCases().map(fromGolden), readBookinfo(), ...listOwnCases()];
}

function fromGolden(name: string): ParityCase {
  const { question, files } = readGoldenCase(GOLDEN_ROOT, name);
  const proxy: AskingProxy = { ...question.proxy, agent: true, istio: false };
  const others = [CLIENT, INGRESS].filter(({ router }) => (router === undefined) !== (proxy.router === undefined));
  return toCase(name, [proxy, ...others], Object.values(files));
}

function readBookinfo(): ParityCase {
  const files = globSync('bookinfo/mesh/*.yaml', { cwd: EXAMPLES_ROOT }).sort();
  const texts = files.map((file) => readFileSync(`${EXAMPLES_ROOT}${file}`, 'utf8'));
  return toCase('bookinfo', [CLIENT, INGRESS], texts);
}

/** Files of `test/parity/cases`: as a golden's input, without what to show. */
function listOwnCases(): readonly ParityCase[] {
  return globSync('*.yaml', { cwd: CASES_ROOT })
    .sort()
    .map((file) => {
      const text = readFileSync(`${CASES_ROOT}${file}`, 'utf8');
      return toCase(file.slice(0, -'.yaml'.length), [CLIENT, INGRESS], [text]);
    });
}

/** A case of objects as people write them, completed by what an API server asks for. */
export function toCase(name: string, proxies: ParityCase['proxies'], texts: readonly string[]): ParityCase {
  const objects = texts.flatMap((text) => readObjects(name, text)).map(complete);
  const pods = proxies.map(toProxyPod).filter((pod) => !objects.some((object) => isSamePod(object, pod)));
  // An endpoint that came before its Pod stays without it in istiod, unless it names it.
  const all = [...objects, ...pods];
  return { name, proxies, objects: [...all.filter(isWorkload), ...all.filter((object) => !isWorkload(object))] };
}

function readObjects(name: string, text: string): readonly KubeObject[] {
  return readDocuments(text, name).flatMap((document) => {
    const parsed = document.parse();
    return parsed.kind === 'value' && isKubeObject(parsed.value) ? [parsed.value] : [];
  });
}

/** What an API server asks for and a directory does not. */
function complete(object: KubeObject): KubeObject {
  const { metadata, kind, spec, status } = object;
  if (kind === 'Namespace' || kind === 'Node') return object;
  const placed = { ...object, metadata: { ...metadata, namespace: metadata.namespace ?? 'default' } };
  if (kind !== 'Pod') return placed;
  const ip = isPlain(status) ? status.podIP : undefined;
  const containers = [{ name: 'app', image: 'app' }];
  const conditions = [{ type: 'Ready', status: 'True' }];
  return {
    ...placed,
    spec: { containers, ...(isPlain(spec) ? spec : {}) },
    ...(isPlain(status) && { status: { conditions, ...status, podIPs: [{ ip }] } }),
  };
}

function isWorkload({ kind }: KubeObject): boolean {
  return kind === 'Namespace' || kind === 'Node' || kind === 'Pod';
}

function isSamePod(object: KubeObject, pod: KubeObject): boolean {
  if (object.kind !== 'Pod') return false;
  const isNamesake = object.metadata.name === pod.metadata.name && object.metadata.namespace === pod.metadata.namespace;
  return isNamesake || ipOf(object) === ipOf(pod);
}

function ipOf({ status }: KubeObject): unknown {
  return isPlain(status) ? status.podIP : undefined;
}
