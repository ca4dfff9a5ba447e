import { dump } from 'js-yaml';
import { type JsonObject, listAt } from '../../json.ts';
import { omitNil as omitNils } from '../../omit-nil.ts';
import { withPort } from '../../pod/capture.ts';
import { appendNetwork } from '../../pod/multus.ts';
import { asMap, asText, type FunctionTable, ofAny, ofTexts } from '../function.ts';
import { printAll } from '../print.ts';
import { fromJson, GoMap, type GoValue, isList, isStruct, toJson } from '../value.ts';
import { isJson } from './is-json.ts';
import { escapeForPages, printJson } from './json-text.ts';

/**
 * What templates of pods have beside sprig, and in the place of functions of its that have the same name.
 * @see istio pkg/kube/inject/template.go `createInjectionFuncmap`
 */
export const INJECTION: FunctionTable = {
  annotation: { parameters: ['struct', 'string', 'any'], call: findAnnotation },
  isset: { parameters: ['map', 'string'], call: (map, key) => asMap(map).entries.has(String(key)) },
  valueOrDefault: ofAny(2, (value, fallback) => (value === '' || value === null ? fallback : value)),
  excludeInboundPort: { parameters: ['any', 'string'], call: (port, list) => withPort(printAll([port]), asText(list)) },
  includeInboundPorts: { parameters: ['list'], call: (containers) => listPorts(containers, () => true) },
  applicationPorts: {
    parameters: ['list'],
    call: (containers) => listPorts(containers, ({ name }) => name !== 'istio-proxy'),
  },
  kubevirtInterfaces: ofTexts(1, (text) => text),
  excludeInterfaces: ofTexts(1, (text) => text),
  appendMultusNetwork: ofTexts(2, (existing = '', network = '') => appendNetwork(existing, network)),
  directory: ofTexts(1, (file = '') => file.slice(0, file.lastIndexOf('/') + 1)),
  contains: ofTexts(2, (needle = '', haystack = '') => haystack.includes(needle)),
  toLower: ofTexts(1, (text) => text?.toLowerCase()),
  indent: { parameters: ['int', 'string'], call: (spaces, text) => indentRest(asText(text), Number(spaces)) },
  toYaml: ofAny(1, toYaml),
  toJSON: { parameters: ['map'], call: (map) => printJson(map) },
  fromJSON: { parameters: ['string'], call: (text) => parse(String(text)) },
  structToJSON: ofAny(1, (value) => (value === null ? '{}' : printJson(value))),
  protoToJSON: ofAny(1, (value) =>
    isStruct(value) && !value.isNil ? escapeForPages(JSON.stringify(value.toJson())) : '{}',
  ),
  omitNil: ofAny(1, (value) => fromPlain(value)),
  strdict: { parameters: [], rest: 'string', call: (...words) => toTexts(words) },
  omit: {
    parameters: ['map'],
    rest: 'string',
    call: (map, ...keys) =>
      new GoMap(
        [...asMap(map).entries].filter(([key]) => !keys.includes(key)),
        'string',
      ),
  },
  mergeMaps: { parameters: [], rest: 'map', call: (...maps) => mergeMaps(maps) },
  toJsonMap: { parameters: [], rest: 'map', call: (...maps) => printJson(mergeMaps(maps)) },
  formatDuration: { parameters: ['any'], call: (value) => (isStruct(value) ? (value.text ?? '0s') : '0s') },
};

function findAnnotation(meta: GoValue, name: GoValue, fallback: GoValue): GoValue {
  const annotations = isStruct(meta) ? meta.find('Annotations')?.value : undefined;
  const value = annotations instanceof GoMap ? annotations.entries.get(String(name)) : undefined;
  return value === undefined ? printAll([fallback]) : value;
}

/** Ports of TCP, which is the only protocol that sidecars take. */
function listPorts(containers: GoValue, isWanted: (container: JsonObject) => boolean): string {
  const list = isList(containers) ? containers.map(toJson).filter(isJson) : [];
  const wanted = listAt({ list }, 'list').filter(isWanted);
  const ports = wanted.flatMap((container) => listAt(container, 'ports'));
  const isTcp = (port: JsonObject) => port.protocol !== 'UDP' && port.protocol !== 'SCTP';
  return ports
    .filter(isTcp)
    .map(({ containerPort }) => String(containerPort))
    .join(',');
}

/** The first line stays: templates have written its blanks. */
function indentRest(text: string, spaces: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(Math.max(0, spaces))}`);
}

function toYaml(value: GoValue): string {
  return dump(toJson(value), { noRefs: true, lineWidth: -1, sortKeys: true, seqNoIndent: true });
}

function parse(text: string): GoValue {
  try {
    return fromJson(JSON.parse(text));
  } catch {
    return '{}';
  }
}

function fromPlain(value: GoValue): GoValue {
  const json: unknown = toJson(value);
  return isJson(json) ? fromJson(omitNils(json) ?? null) : null;
}

function toTexts(words: readonly GoValue[]): GoMap {
  const map = new GoMap([], 'string');
  for (let index = 0; index < words.length; index += 2) map.entries.set(String(words[index]), words[index + 1] ?? '');
  return map;
}

function mergeMaps(maps: readonly GoValue[]): GoMap {
  return new GoMap(
    maps.flatMap((map) => [...asMap(map).entries]),
    'string',
  );
}
