import { readIndented } from './flow-indent.ts';
import { CORE_SCHEMA, YAMLException, load, mergeTag } from 'js-yaml';

/** Deeper objects than any kind has; beyond it the text is an attack or an accident. */
export const MAX_DEPTH = 100;
/** Anchors are handy in hand-written files, but a few dozen uses are plenty for one object. */
export const MAX_ALIASES = 200;
/** Values that one document may stand for once its aliases are followed; stops alias bombs. */
export const MAX_NODES = 200_000;
/** etcd refuses objects over 1.5 MiB; twice that leaves room for comments. */
export const MAX_DOCUMENT_LENGTH = 3 * 1024 * 1024;

/** 1-based, as editors count. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What a text turned out to be. `reason` is one phrase for people, `place` lies within the text. */
export type YamlValue =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'empty' }
  | { readonly kind: 'broken'; readonly reason: string; readonly place: Place };

/** A line with more than a comment. */
const HAS_CONTENT = /^[ \t]*[^\s#]/m;
const START: Place = { line: 1, column: 1 };
const SCHEMA = CORE_SCHEMA.withTags(mergeTag);
const LOAD_OPTIONS = { schema: SCHEMA, maxDepth: MAX_DEPTH, maxAliases: MAX_ALIASES };

/** Parses one YAML (or JSON) document; never throws. Values are JSON's: no dates, no binary, no cycles. */
export function parseYaml(text: string): YamlValue {
  if (text.length > MAX_DOCUMENT_LENGTH) {
    return { kind: 'broken', reason: `the document is larger than ${MAX_DOCUMENT_LENGTH} characters`, place: START };
  }
  if (!HAS_CONTENT.test(text)) return { kind: 'empty' };
  try {
    const { result: value } = readIndented(text, (source): unknown => load(source, LOAD_OPTIONS));
    if (value === null || value === undefined) return { kind: 'empty' };
    // Only aliases can make a value larger than its text, or cyclic.
    if (text.includes('&') && !isSmallTree(value)) {
      return { kind: 'broken', reason: `the document's aliases stand for more than ${MAX_NODES} values`, place: START };
    }
    return { kind: 'value', value };
  } catch (error) {
    return toBroken(error, text);
  }
}

function toBroken(error: unknown, text: string): YamlValue {
  if (!(error instanceof YAMLException)) {
    return { kind: 'broken', reason: error instanceof Error ? error.message : String(error), place: START };
  }
  const { mark } = error;
  const place = mark ? { line: mark.line + 1, column: mark.column + 1 } : START;
  return { kind: 'broken', reason: toReason(error, text), place };
}

/** The parser's words, made plainer where people meet them every day. */
function toReason({ reason, mark }: YAMLException, text: string): string {
  // The name may be a password that begins with the sign: it is not repeated.
  if (/^(?:unidentified alias|unknown .*tag !<(?!tag:yaml.org))/.test(reason)) {
    return `${reason.replace(/ (?:"[\s\S]*"|!?<[\s\S]*>)/, '')}; a text that begins with "*", "&" or "!" needs quotes`;
  }
  if (reason !== 'duplicated mapping key' || mark === undefined) return reason;
  const [key = ''] = /^[^:\n]{1,80}/.exec(text.slice(mark.position)) ?? [];
  return `the key "${key.trim().replace(/["']$/, '')}" is written twice in one object`;
}

function isSmallTree(root: unknown): boolean {
  const pending: unknown[] = [root];
  let nodes = 0;
  while (pending.length > 0) {
    if (++nodes > MAX_NODES) return false;
    const node = pending.pop();
    if (typeof node === 'object' && node !== null) for (const child of Object.values(node)) pending.push(child);
  }
  return true;
}
