import { isJsonObject, type Json, type JsonObject } from './json.ts';

const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * A quantity as Kubernetes prints it: the largest unit that leaves a whole number, so `2000m` is `2` and `1024Mi` is `1Gi`. What is no quantity
 * stays as it is, for the API server to refuse.
 *
 * @see kubernetes staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go `CanonicalizeBytes`
 */
export function toCanonicalQuantity(written: string): string {
  const [, sign = '', whole = '', fraction = '', unit = ''] =
    /^([+-]?)(\d*)(?:\.(\d*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.exec(written.trim()) ?? [];
  if (whole === '' && fraction === '') return written;
  const negative = sign === '-' ? '-' : '';
  // In units of 10^-9, which is as fine as a quantity can be.
  const nano = toNano(whole, fraction, unit);
  if (nano === undefined) return written;
  if (nano === 0n) return '0';
  return negative + (unit.endsWith('i') ? printBinary(nano) : printDecimal(nano));
}

const NANO = 1_000_000_000n;

function toNano(whole: string, fraction: string, unit: string): bigint | undefined {
  const digits = BigInt(whole + fraction);
  const scale = 10n ** BigInt(fraction.length);
  const binary = unit.endsWith('i') ? BINARY.indexOf(unit) : -1;
  if (binary > 0) return ceilDivide(digits * 1024n ** BigInt(binary) * NANO, scale);
  const exponent = /^[eE][+-]?\d/.test(unit) ? Number(unit.slice(1)) : (DECIMAL.indexOf(unit) - 3) * 3;
  if (Math.abs(exponent) > 18) return undefined;
  const power = 10n ** BigInt(Math.abs(exponent));
  return exponent < 0 ? ceilDivide(digits * NANO, scale * power) : ceilDivide(digits * NANO * power, scale);
}

function ceilDivide(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

function printDecimal(nano: bigint): string {
  let value = nano;
  let unit = 0;
  while (value % 1000n === 0n && unit < DECIMAL.length - 1) {
    value /= 1000n;
    unit++;
  }
  return `${value}${DECIMAL[unit]}`;
}

function printBinary(nano: bigint): string {
  if (nano % NANO !== 0n) return printDecimal(nano);
  let value = nano / NANO;
  // Small numbers read better without a unit that they do not fill.
  if (value < 1024n) return printDecimal(nano);
  let unit = 0;
  while (value % 1024n === 0n && unit < BINARY.length - 1) {
    value /= 1024n;
    unit++;
  }
  return `${value}${BINARY[unit]}`;
}

/** `resources` of a container with every quantity as Kubernetes prints it. */
export function toCanonicalResources(resources: JsonObject): JsonObject {
  const result: Record<string, Json | undefined> = { ...resources };
  for (const part of ['limits', 'requests']) {
    const amounts = resources[part];
    if (isJsonObject(amounts)) result[part] = mapQuantities(amounts);
  }
  return result;
}

function mapQuantities(amounts: JsonObject): JsonObject {
  const print = (value: Json | undefined) =>
    typeof value === 'string' || typeof value === 'number' ? toCanonicalQuantity(String(value)) : value;
  return Object.fromEntries(Object.entries(amounts).map(([name, value]) => [name, print(value)]));
}
