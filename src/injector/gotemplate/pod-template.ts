import { parseYaml } from '../../config/read/yaml.ts';
import { injectFault } from '../fault.ts';
import { isJsonList, isJsonObject, type Json, type JsonObject, listAt, objectAt } from '../json.ts';
import { toOtelAttributes } from '../pod/otel-attributes.ts';
import { toCanonicalResources } from '../quantity.ts';
import type { PodTemplate, TemplateInput } from '../template-input.ts';
import { executeTemplate } from './execute.ts';
import { type FunctionTable, ofMany } from './function.ts';
import { FUNCTIONS } from './functions/functions.ts';
import { type ParsedTemplate, parseTemplate } from './parser.ts';
import { TemplateError } from './template-error.ts';
import { toRootView } from './view/root-view.ts';

/** Functions that depend on what the template is run for. */
const INPUT_FUNCTIONS = ['env', 'otelResourceAttributes'];
const NAMES: ReadonlySet<string> = new Set([...Object.keys(FUNCTIONS), 'and', 'or', ...INPUT_FUNCTIONS]);

/**
 * Reads a template in the format of Istio's ConfigMap: a Go template that prints a part of a pod as YAML.
 * @throws Fault `INJECT_CONFIG_INVALID`, which tells the line.
 */
export function parsePodTemplate(name: string, source: string): PodTemplate {
  const template = toFault('INJECT_CONFIG_INVALID', () => parseTemplate(name, source, NAMES));
  return (input) => runTemplate(template, input);
}

function runTemplate(template: ParsedTemplate, input: TemplateInput): JsonObject {
  const functions: FunctionTable = { ...FUNCTIONS, ...toInputFunctions(input) };
  const text = toFault('INJECT_TEMPLATE_FAILED', () => executeTemplate(template, functions, toRootView(input)));
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const overlay = parseOverlay(template.name, text);
  // Copies of one pod print the same.
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(text, overlay);
  return overlay;
}

/** What was printed lately, and what it says. */
const parsed = new Map<string, JsonObject>();
const MAX_PARSED = 100;

function parseOverlay(name: string, text: string): JsonObject {
  const read = parseYaml(text);
  if (read.kind === 'empty') return {};
  const fail = (because: string) =>
    injectFault('INJECT_TEMPLATE_FAILED', `template "${name}" prints no part of a pod: ${because}`);
  if (read.kind === 'broken') throw fail(`line ${read.place.line} of what it prints: ${read.reason}`);
  if (!isJsonObject(read.value)) throw fail('what it prints is no object');
  return normalise(read.value);
}

function toInputFunctions(input: TemplateInput): FunctionTable {
  return {
    env: { parameters: ['string', 'string'], call: (name, fallback) => input.environment[String(name)] || fallback },
    otelResourceAttributes: ofMany(() => toOtelAttributes(input)),
  };
}

function toFault<T>(code: 'INJECT_CONFIG_INVALID' | 'INJECT_TEMPLATE_FAILED', run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateError) throw injectFault(code, error.message, error);
    throw error;
  }
}

/** A part of a pod as it would come back from an API server: canonical quantities, texts where people wrote other things. */
function normalise(overlay: JsonObject): JsonObject {
  const spec = overlay.spec;
  if (!isJsonObject(spec)) return overlay;
  const result: Record<string, Json | undefined> = { ...spec };
  for (const list of ['containers', 'initContainers'])
    if (isJsonList(spec[list])) result[list] = listAt(spec, list).map(normaliseContainer);
  return { ...overlay, spec: result };
}

function normaliseContainer(container: JsonObject): JsonObject {
  const resources = objectAt(container, 'resources');
  return Object.keys(resources).length > 0 ? { ...container, resources: toCanonicalResources(resources) } : container;
}
