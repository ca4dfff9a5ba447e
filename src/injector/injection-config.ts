import { parseYaml } from '../config/read/yaml.ts';
import type { LabelExpression, LabelSelector } from '../model/label-selector.ts';
import { injectFault } from './fault.ts';
import { parsePodTemplate } from './gotemplate/pod-template.ts';
import {
  isJsonList,
  isJsonObject,
  type Json,
  type JsonObject,
  listAt,
  objectAt,
  textAt,
  textsAt,
  valueAt,
} from './json.ts';
import { BUILT_IN_TEMPLATES } from './pod/built-in-templates.ts';
import type { PodTemplate } from './template-input.ts';

/** The key `config` of ConfigMap `istio-sidecar-injector`. */
export interface InjectionConfig {
  /** `enabled`, `disabled`, or a word that turns injection off. */
  readonly policy: string;
  readonly defaultTemplates: readonly string[];
  /** Names that stand for several templates; not for other aliases. */
  readonly aliases: Readonly<Record<string, readonly string[]>>;
  readonly templates: ReadonlyMap<string, PodTemplate>;
  /** The texts that templates were made of; ours have none. */
  readonly templateTexts: Readonly<Record<string, string>>;
  readonly neverInjectSelector: readonly LabelSelector[];
  readonly alwaysInjectSelector: readonly LabelSelector[];
  /** Added to every pod that is injected. */
  readonly injectedAnnotations: Readonly<Record<string, string>>;
}

/**
 * Reads the injector's configuration in Istio's format. Templates that it does not write are our own of that name.
 * @throws Fault `INJECT_CONFIG_INVALID`, with the template's name, line and column where one of them is at fault.
 * @see istio pkg/kube/inject/inject.go `UnmarshalConfig`
 */
export function parseInjectionConfig(text: string): InjectionConfig {
  const root = readConfig(text);
  const templateTexts = textsAt(root, 'templates');
  const templates = new Map(BUILT_IN_TEMPLATES);
  for (const [name, source] of Object.entries(templateTexts)) templates.set(name, parsePodTemplate(name, source));
  const named = listTexts(root.defaultTemplates);
  const aliases = Object.entries(objectAt(root, 'aliases'));
  return {
    policy: textAt(root, 'policy'),
    defaultTemplates: named.length > 0 ? named : ['sidecar'],
    aliases: Object.fromEntries(aliases.map(([name, targets]) => [name, listTexts(targets)])),
    templates,
    templateTexts,
    neverInjectSelector: listSelectors(root, 'neverInjectSelector'),
    alwaysInjectSelector: listSelectors(root, 'alwaysInjectSelector'),
    injectedAnnotations: textsAt(root, 'injectedAnnotations'),
  };
}

function readConfig(text: string): JsonObject {
  const read = parseYaml(text);
  if (read.kind === 'empty') return {};
  if (read.kind === 'broken')
    throw injectFault('INJECT_CONFIG_INVALID', `config, line ${read.place.line}: ${read.reason}`);
  if (!isJsonObject(read.value)) throw injectFault('INJECT_CONFIG_INVALID', 'config: not an object');
  return read.value;
}

function listTexts(value: Json | undefined): readonly string[] {
  return isJsonList(value) ? value.filter((element) => typeof element === 'string') : [];
}

/** Selectors that no API server would take are passed over, as Istio does. */
function listSelectors(root: JsonObject, field: string): readonly LabelSelector[] {
  return listAt(root, field).flatMap((written) => {
    const expressions = listAt(written, 'matchExpressions').map(findExpression);
    const sound = expressions.filter((expression) => expression !== undefined);
    if (sound.length < expressions.length) return [];
    return [{ matchLabels: textsAt(written, 'matchLabels'), matchExpressions: sound }];
  });
}

function findExpression(written: JsonObject): LabelExpression | undefined {
  const key = textAt(written, 'key');
  const operator = valueAt(written, 'operator');
  const values = listTexts(written.values);
  switch (operator) {
    case 'In':
    case 'NotIn':
      return key !== '' && values.length > 0 ? { key, operator, values } : undefined;
    case 'Exists':
    case 'DoesNotExist':
      return key !== '' && values.length === 0 ? { key, operator } : undefined;
    default:
      return undefined;
  }
}
