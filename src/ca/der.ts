import { caFault } from './fault.ts';

/** Identifier octets of the ASN.1 types that certificates use. @see X.690 §8.1.2 */
export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
  context0: 0xa0,
  context3: 0xa3,
} as const;

/** One element of a DER encoding, by its place in the bytes. */
export interface DerElement {
  readonly tag: number;
  /** Where its identifier octet is. */
  readonly start: number;
  /** Where its content begins. */
  readonly body: number;
  /** Behind its last octet. */
  readonly end: number;
}

/** Lengths beyond 2^24 cannot occur in what is read here, whose size has a cap far below. */
const MAX_LENGTH_OCTETS = 3;

/**
 * Reads one element of bytes that a stranger sent.
 *
 * There is no recursion here and none where this is called: nesting that was made to exhaust a stack costs nothing.
 * @param limit The element must end at or before it.
 * @throws Fault `CA_CSR_INVALID` for anything but definite lengths in their shortest form.
 */
export function readElement(bytes: Buffer, start: number, limit: number): DerElement {
  if (start + 2 > limit) throw malformed('it ends too early');
  const tag = bytes.readUInt8(start);
  const first = bytes.readUInt8(start + 1);
  const octets = first < 0x80 ? 0 : first & 0x7f;
  if ((tag & 0x1f) === 0x1f) throw malformed('it uses a tag of more than one octet');
  if (first === 0x80 || octets > MAX_LENGTH_OCTETS) throw malformed('a length is indefinite or too large');
  const body = start + 2 + octets;
  if (body > limit) throw malformed('it ends too early');
  const length = octets === 0 ? first : bytes.readUIntBE(start + 2, octets);
  const shortest = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  if (octets !== shortest) throw malformed('a length is not in its shortest form');
  if (body + length > limit) throw malformed('it ends too early');
  return { tag, start, body, end: body + length };
}

/**
 * Reads the elements directly inside another, which must have exactly these tags.
 * @throws Fault `CA_CSR_INVALID`
 */
export function readMembers(bytes: Buffer, parent: DerElement, tags: readonly number[]): readonly DerElement[] {
  const members = listMembers(bytes, parent);
  if (members.length !== tags.length || members.some(({ tag }, at) => tag !== tags[at]))
    throw malformed('its structure is not that of PKCS #10');
  return members;
}

/**
 * Reads all elements directly inside another.
 * @throws Fault `CA_CSR_INVALID`
 */
export function listMembers(bytes: Buffer, parent: DerElement): readonly DerElement[] {
  const members: DerElement[] = [];
  for (let at = parent.body; at < parent.end; ) {
    const member = readElement(bytes, at, parent.end);
    members.push(member);
    at = member.end;
  }
  return members;
}

/** Puts parts that are encoded already into one element. */
export function encodeElement(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([encodeHeader(tag, length), ...parts]);
}

/** Encodes a number of any size that is not negative, given as its octets, highest first. */
export function encodeUnsigned(octets: Uint8Array): Buffer {
  const first = octets.findIndex((octet) => octet !== 0);
  const digits = first < 0 ? Buffer.of(0) : octets.subarray(first);
  const isNegative = (digits[0] ?? 0) >= 0x80;
  return encodeElement(TAG.integer, ...(isNegative ? [Buffer.of(0)] : []), digits);
}

/**
 * Encodes a time to the second, as certificates must: two digits of the year before 2050, four from then on.
 * @param atMs Milliseconds since 1970.
 * @see RFC 5280 §4.1.2.5
 */
export function encodeTime(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replace(/\.\d+Z$|\D/g, '');
  if (digits < '2050') return encodeElement(TAG.utcTime, Buffer.from(`${digits.slice(2)}Z`, 'latin1'));
  return encodeElement(TAG.generalizedTime, Buffer.from(`${digits}Z`, 'latin1'));
}

function encodeHeader(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.of(tag, length);
  if (length < 0x100) return Buffer.of(tag, 0x81, length);
  if (length < 0x10000) return Buffer.of(tag, 0x82, length >> 8, length & 0xff);
  return Buffer.of(tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff);
}

function malformed(why: string) {
  return caFault('CA_CSR_INVALID', `the CSR is not valid DER: ${why}`);
}
