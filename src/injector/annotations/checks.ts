import { findCidr } from '../../model/cidr.ts';

/** Says what a value should have been; `undefined` when it is right. */
export type Check = (value: string) => string | undefined;

/** A whole number from 0 to `max`, as Go's `strconv.ParseUint` takes it. */
export function uint(max: number): Check {
  return (value) => (/^\d+$/.test(value) && Number(value) <= max ? undefined : `expected a number from 0 to ${max}`);
}

/** One port; what stands around it does not count. */
export const port: Check = (value) => uint(65535)(value.trim());

const BOOLEANS: ReadonlySet<string> = new Set('1 t T TRUE true True 0 f F FALSE false False'.split(' '));

/** What Go's `strconv.ParseBool` takes. */
export const bool: Check = (value) => (BOOLEANS.has(value) ? undefined : 'expected true or false');

/** One of a few words. */
export function oneOf(...words: readonly string[]): Check {
  return (value) => (words.includes(value) ? undefined : `expected ${words.join(', ')}`);
}

/** Ports between commas; nothing is a list too. */
export const portList: Check = (value) => eachOf(value.trim(), (part) => port(part) && `"${part}" is no port`);

/** Address ranges between commas, each with its length; nothing is a list too. */
export const cidrList: Check = (value) =>
  eachOf(value, (part) =>
    part.includes('/') && findCidr(part) !== undefined ? undefined : `"${part}" is no address range such as 10.0.0.0/8`,
  );

/** `*`, or what else `check` takes. */
export function starOr(check: Check): Check {
  return (value) => (value === '*' ? undefined : check(value));
}

/** Nothing, or what else `check` takes. */
export function emptyOr(check: Check): Check {
  return (value) => (value === '' ? undefined : check(value));
}

/** Names of network interfaces between commas; iptables knows `+` at the end of one as "whatever follows". */
export const interfaceList: Check = (value) =>
  eachOf(value.trim(), (part) =>
    /^[\w.:@-]{1,15}\+?$/.test(part.trim()) ? undefined : `"${part}" is no name of a network interface`,
  );

/** A quantity of a resource. @see kubernetes apimachinery pkg/api/resource `ParseQuantity` */
export const quantity: Check = (value) =>
  /^\+?(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.test(value)
    ? undefined
    : 'expected a quantity such as 100m or 128Mi';

/** The reference of an image, or its name: neither has room for anything but letters, digits and a few signs. */
export const image: Check = (value) =>
  /^[\w][\w.\-:/@+]*$/.test(value) ? undefined : 'expected the reference of an image';

/** A name as Kubernetes has it for most objects. */
export const objectName: Check = (value) =>
  /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(value) ? undefined : 'expected the name of an object';

/** The value of a label. */
export const labelValue: Check = (value) =>
  /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/.test(value)
    ? undefined
    : 'expected the value of a label: up to 63 letters, digits, dashes, dots';

/**
 * What becomes the value of a flag, or of a variable: a line that holds nothing with which text could leave the quotes that a template puts
 * around it, or begin another field.
 */
export const plainText: Check = (value) => {
  const bad = /[\p{Cc}"'`\\{}\u2028\u2029]|(^|\s)#|:\s|:$/u.exec(value);
  return bad === null ? undefined : `${JSON.stringify(bad[0])} is not allowed: it could end the field that holds it`;
};

/** The first complaint about the parts of a list; none about a list without parts. */
function eachOf(list: string, check: Check): string | undefined {
  if (list === '') return undefined;
  for (const part of list.split(',')) {
    const complaint = check(part);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}
