import type { X509Certificate } from 'node:crypto';
import { type Asn1, findObjectId, fromDer, membersOf, toDer } from './asn1.ts';
import { readElement } from './der.ts';

/** What certificates say of the one that signed them. */
export interface IssuerName {
  /** Name, DER. */
  readonly subject: Buffer;
  /** Absent where the certificate has none. */
  readonly subjectKeyId: Buffer | undefined;
}

const SUBJECT_KEY_ID = '2.5.29.14';

/** Reads it; the subject must stand in leaves octet by octet as it stands in the certificate: peers compare it so. */
export function readIssuerName({ raw }: X509Certificate): IssuerName {
  const [unsigned] = membersOf(fromDer(raw));
  const fields = membersOf(unsigned);
  const [, , , , , subject] = fields;
  if (subject === undefined) throw new Error('a certificate that was parsed has a subject');
  return { subject: toDer(subject), subjectKeyId: findSubjectKeyId(fields) };
}

function findSubjectKeyId(fields: readonly Asn1[]): Buffer | undefined {
  const extensions = fields.slice(7).flatMap((field) => membersOf(field).flatMap(membersOf));
  const found = extensions.find((extension) => findObjectId(membersOf(extension)[0]) === SUBJECT_KEY_ID);
  const value = membersOf(found).at(-1)?.value;
  if (typeof value !== 'string') return undefined;
  const content = Buffer.from(value, 'latin1');
  const inner = readElement(content, 0, content.length);
  return content.subarray(inner.body, inner.end);
}
