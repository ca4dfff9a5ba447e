import type { ResourceType } from '../proxy/resource-type.ts';
import type { CompiledCase } from './compiled-case.ts';

/*
 * The language in which a case says what of its output is compared.
 *
 *   names of clusters outbound|*               names, of all resources or of those that the pattern fits
 *   route 80                                   a whole resource
 *   route 80 → virtual_hosts[echo*].routes     a part of it
 *
 * A path is fields with dots between them. In brackets: a number; a pattern for the element's `name`; `field=pattern`; `*` for all of them;
 * `#1` behind a pattern for the second of those that it fits.
 * A pattern that fits one element gives that element; one that fits several, and a `*` alone, give a list. `{a,b}` at the end keeps these fields of an object.
 * Short for what every listener has: `http` and `tcp` are the settings of a chain's connection manager and TCP proxy.
 */

const TYPES: Readonly<Record<string, ResourceType>> = {
  listener: 'lds',
  route: 'rds',
  cluster: 'cds',
  endpoints: 'eds',
  secret: 'sds',
};

const SHORT: Readonly<Record<string, string>> = {
  http: 'filters[envoy.filters.network.http_connection_manager].typed_config',
  tcp: 'filters[envoy.filters.network.tcp_proxy].typed_config',
};

/** What stands in the output for something that is not there. */
export const ABSENT = '(absent)';

/** What one entry of `show` selects. @throws Error for an entry that cannot be read. */
export function select(compiled: CompiledCase, entry: string): unknown {
  const names = /^names of (\w+?)s?(?: (\S+))?$/.exec(entry);
  if (names) return listNames(compiled, entry, names[1] ?? '', names[2] ?? '*');
  const part = /^(\w+) (\S+)(?: → (.+))?$/.exec(entry);
  if (!part) throw new Error(`cannot read "${entry}"`);
  const [, word = '', name = '', path = ''] = part;
  const resource = compiled.resources[toType(word, entry)].get(name);
  if (resource === undefined) return ABSENT;
  return splitPath(path).reduce(step, resource) ?? ABSENT;
}

function listNames(compiled: CompiledCase, entry: string, word: string, pattern: string): readonly string[] {
  const type = toType(word === 'endpoint' ? 'endpoints' : word, entry);
  return [...compiled.resources[type].keys()].filter((name) => fits(name, pattern)).sort();
}

function toType(word: string, entry: string): ResourceType {
  const type = TYPES[word];
  if (type === undefined) throw new Error(`"${entry}" begins with none of ${Object.keys(TYPES).join(', ')}`);
  return type;
}

/** `a.b[x.y].{c,d}` in its steps: `a`, `b`, `[x.y]`, `{c,d}`. */
function splitPath(path: string): readonly string[] {
  const steps = path.match(/\[[^\]]*\]|\{[^}]*\}|[^.[\]{}]+/g) ?? [];
  return steps.flatMap((one) => (SHORT[one] === undefined ? [one] : splitPath(SHORT[one])));
}

function step(value: unknown, segment: string): unknown {
  if (value === undefined) return undefined;
  if (segment.startsWith('{')) return mapOver(value, (one) => pick(one, segment.slice(1, -1).split(',')));
  if (segment.startsWith('[')) return chooseIn(value, segment.slice(1, -1));
  return mapOver(value, (one) => (isRecord(one) ? one[segment] : undefined));
}

/** Lists that a pattern gave are looked into one by one. */
function mapOver(value: unknown, look: (one: unknown) => unknown): unknown {
  return value instanceof Several ? Several.from([...value], (one) => look(one) ?? ABSENT) : look(value);
}

/** Elements that a pattern gave, as opposed to a list that stands in the resource. */
class Several extends Array<unknown> {}

function chooseIn(value: unknown, selector: string): unknown {
  if (!(value instanceof Several)) return Array.isArray(value) ? choose(value, selector) : undefined;
  const chosen = [...value].map((one) => chooseIn(one, selector));
  return Several.from(chosen.flatMap((one) => (one instanceof Several ? [...one] : [one])));
}

function choose(list: readonly unknown[], selector: string): unknown {
  if (/^-?\d+$/.test(selector)) return list.at(Number(selector));
  const [, field = 'name', pattern = '', nth] = /^(?:(\w+)=)?(.*?)(?:#(\d+))?$/.exec(selector) ?? [];
  const fitting = list.filter((one) => pattern === '*' || (isRecord(one) && fits(String(one[field] ?? ''), pattern)));
  if (nth !== undefined) return fitting[Number(nth)];
  return pattern === '*' || fitting.length > 1 ? Several.from(fitting) : fitting[0];
}

function pick(value: unknown, fields: readonly string[]): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(fields.filter((field) => field in value).map((field) => [field, value[field]]));
}

function fits(text: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
