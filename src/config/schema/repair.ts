import { isIPv6 } from 'node:net';
import type { Violation } from './validate.ts';

/** What a value stands for that a strict reader would refuse: `remove` is "not written". */
type Repair = { readonly kind: 'set'; readonly value: unknown } | { readonly kind: 'remove' } | undefined;

// biome-ignore format: pairs read better side by side
const YAML_1_1_BOOLEANS: Readonly<Record<string, boolean>> = {
  yes: true, Yes: true, YES: true, on: true, On: true, ON: true, true: true,
  no: false, No: false, NO: false, off: false, Off: false, OFF: false, false: false,
};

/**
 * Changes what protobuf's JSON and YAML 1.1, which Istio's users write, say differently from our schema: `null` is "not written",
 * numbers may come as text, and `yes` and `off` are booleans.
 *
 * @returns Whether anything was changed, so that validating again may find fewer violations.
 */
export function repair(root: unknown, violations: readonly Violation[]): boolean {
  let changed = false;
  for (const violation of violations) {
    if (violation.keyword !== 'type') continue;
    const fix = findRepair(violation);
    if (fix !== undefined && apply(root, violation.instancePath, fix)) changed = true;
  }
  return changed;
}

function findRepair({ data, params, parentSchema }: Violation): Repair {
  const type: unknown = params.type;
  if (data === null) return parentSchema?.nullIsEmpty === true ? { kind: 'set', value: {} } : { kind: 'remove' };
  if (type === 'string') return findAddress(data);
  if (typeof data !== 'string') return undefined;
  if (type === 'integer' && /^-?[0-9]{1,15}$/.test(data)) return { kind: 'set', value: Number(data) };
  if (type === 'number' && /^-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/.test(data))
    return { kind: 'set', value: Number(data) };
  const known = type === 'boolean' && Object.hasOwn(YAML_1_1_BOOLEANS, data) ? YAML_1_1_BOOLEANS[data] : undefined;
  return known === undefined ? undefined : { kind: 'set', value: known };
}

/** An IPv6 address in brackets that ends in "::" is, to the letter of YAML, an object whose only field is empty. */
function findAddress(data: unknown): Repair {
  const [entry, ...others] = isRecord(data) && !Array.isArray(data) ? Object.entries(data) : [];
  if (entry === undefined || others.length > 0 || entry[1] !== null) return undefined;
  const address = `${entry[0]}:`;
  return isIPv6(address) ? { kind: 'set', value: address } : undefined;
}

function apply(root: unknown, instancePath: string, fix: NonNullable<Repair>): boolean {
  const keys = toKeys(instancePath);
  const last = keys.pop();
  const parent = findOwner(root, instancePath.slice(0, instancePath.lastIndexOf('/')));
  if (last === undefined || parent === undefined) return false;
  if (fix.kind === 'set') parent[last] = fix.value;
  else if (Array.isArray(parent))
    return false; // an empty item of a list is a mistake, not an absence
  else delete parent[last];
  return true;
}

/** The object or list that a JSON pointer leads to. */
export function findOwner(root: unknown, pointer: string): Record<string, unknown> | undefined {
  let owner: unknown = root;
  for (const key of toKeys(pointer)) owner = isRecord(owner) && Object.hasOwn(owner, key) ? owner[key] : undefined;
  return isRecord(owner) ? owner : undefined;
}

/** The keys that a JSON pointer leads through. */
export function toKeys(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
