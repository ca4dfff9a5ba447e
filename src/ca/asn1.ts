import forge from 'node-forge';

const { asn1 } = forge;
const { Class, Type } = asn1;

/** A node of an ASN.1 tree, as node-forge has them. */
export type Asn1 = forge.asn1.Asn1;

/** Encodes a tree. */
export function toDer(node: Asn1): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), 'latin1');
}

/** A SEQUENCE of these. */
export function sequenceOf(...members: readonly Asn1[]): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, [...members]);
}

/** A SET of one. */
export function setOf(member: Asn1): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SET, true, [member]);
}

/** An OBJECT IDENTIFIER, from its dotted form. */
export function objectId(dotted: string): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(dotted).getBytes());
}

/** A BOOLEAN that is true: false is the default wherever certificates have one, and defaults are left out. */
export function truth(): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.BOOLEAN, false, '\xff');
}

/** A NULL. */
export function nothing(): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.NULL, false, '');
}

/** A UTF8String. */
export function utf8(text: string): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.UTF8, false, Buffer.from(text, 'utf8').toString('latin1'));
}

/** A BIT STRING whose last octet has `unused` bits that do not count. */
export function bits(octets: readonly number[], unused: number): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.BITSTRING, false, String.fromCharCode(unused, ...octets));
}

/** An OCTET STRING. */
export function octets(content: Uint8Array): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.OCTETSTRING, false, Buffer.from(content).toString('latin1'));
}

/** A member with a tag of its own in place of its type, primitive: `[0] IMPLICIT`. */
export function tagged(tag: number, content: Uint8Array): Asn1 {
  // node-forge's types name only the universal types; other classes count their own tags.
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, false, Buffer.from(content).toString('latin1'));
}

/** The tree of bytes that are trusted: certificates that an operator gave. */
export function fromDer(der: Uint8Array): Asn1 {
  return asn1.fromDer(forge.util.createBuffer(Buffer.from(der).toString('latin1')));
}

/** The members of a constructed node. */
export function membersOf(node: Asn1 | undefined): readonly Asn1[] {
  return Array.isArray(node?.value) ? node.value : [];
}

/** The dotted form of a node that is an OBJECT IDENTIFIER; undefined for others. */
export function findObjectId(node: Asn1 | undefined): string | undefined {
  if (node?.type !== Type.OID || typeof node.value !== 'string') return undefined;
  return asn1.derToOid(node.value);
}
