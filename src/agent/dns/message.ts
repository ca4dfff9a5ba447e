import { isIPv4 } from 'node:net';
import { encodeName, readName } from './domain-name.ts';
import { toIpBytes } from './ip-bytes.ts';

/** Types of records that are made or looked at here. @see https://www.iana.org/assignments/dns-parameters */
export const TYPE = { a: 1, cname: 5, aaaa: 28, opt: 41 } as const;

/** Response codes. @see RFC 1035 §4.1.1 */
export const RCODE = { noError: 0, formatError: 1, serverFailure: 2, notImplemented: 4 } as const;

/** How long a client may keep an answer of ours. Seconds. */
const TTL = 30;
const HEADER = 12;
const CLASS_IN = 1;
/** What a client takes over UDP that does not say more. @see RFC 1035 §4.2.1 */
const PLAIN_LIMIT = 512;

const FLAG = { response: 0x8000, opcode: 0x7800, authoritative: 0x0400, truncated: 0x0200, recursion: 0x0100 } as const;
const RECURSION_AVAILABLE = 0x0080;

/** A question as a client asked it. */
export interface Query {
  readonly id: number;
  readonly flags: number;
  /** In lower case, without the last dot. */
  readonly name: string;
  readonly type: number;
  /** Whether it is one of the Internet's, and not of some other class. */
  readonly isInternet: boolean;
  /** The question's own bytes, for answers to repeat; empty when there is none. */
  readonly question: Buffer;
  /** Bytes that the client takes over UDP. */
  readonly udpLimit: number;
  /** Whether it speaks the extended protocol. @see RFC 6891 */
  readonly isExtended: boolean;
}

/** What came in place of a query that can be answered. */
export type QueryProblem =
  /** No DNS, or an answer: whoever answers such things can be made to talk to itself. */
  { readonly kind: 'ignore' } | { readonly kind: 'refuse'; readonly query: Query; readonly rcode: number };

/** Reads a message of a client. */
export function parseQuery(bytes: Buffer): { readonly kind: 'query'; readonly query: Query } | QueryProblem {
  if (bytes.length < HEADER) return { kind: 'ignore' };
  const [id, flags, questions] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2), bytes.readUInt16BE(4)];
  if ((flags & FLAG.response) !== 0) return { kind: 'ignore' };
  const empty = { id, flags, name: '', type: 0, isInternet: false, question: Buffer.of(), ...NOT_EXTENDED };
  if ((flags & FLAG.opcode) !== 0) return { kind: 'refuse', query: empty, rcode: RCODE.notImplemented };
  if (questions === 0) return { kind: 'refuse', query: empty, rcode: RCODE.serverFailure };
  const name = readName(bytes, HEADER);
  if (questions > 1 || name === undefined || name.end + 4 > bytes.length)
    return { kind: 'refuse', query: empty, rcode: RCODE.formatError };
  const end = name.end + 4;
  return {
    kind: 'query',
    query: {
      ...empty,
      name: name.text.toLowerCase(),
      type: bytes.readUInt16BE(name.end),
      isInternet: bytes.readUInt16BE(name.end + 2) === CLASS_IN,
      question: bytes.subarray(HEADER, end),
      ...readExtension(bytes, end),
    },
  };
}

const NOT_EXTENDED = { udpLimit: PLAIN_LIMIT, isExtended: false };

/** Queries have no records but one, perhaps, that says what the client can take. */
function readExtension(bytes: Buffer, start: number): Pick<Query, 'udpLimit' | 'isExtended'> {
  const additional = bytes.readUInt16BE(10);
  const hasOthers = bytes.readUInt32BE(6) !== 0;
  if (additional === 0 || hasOthers || start + 11 > bytes.length || bytes[start] !== 0) return NOT_EXTENDED;
  if (bytes.readUInt16BE(start + 1) !== TYPE.opt) return NOT_EXTENDED;
  return { udpLimit: Math.max(PLAIN_LIMIT, bytes.readUInt16BE(start + 3)), isExtended: true };
}

/** What is answered. */
export interface Answer {
  readonly rcode: number;
  /** Another name that the asked one stands for, whose addresses these are. */
  readonly target?: string | undefined;
  readonly addresses?: readonly string[];
  readonly isAuthoritative?: boolean;
}

/** Writes an answer; as many addresses as fit, and the note that there are more. */
export function encodeAnswer(query: Query, answer: Answer, limit: number): Buffer {
  const { rcode, target, addresses = [], isAuthoritative = false } = answer;
  const extension = query.isExtended ? EXTENSION : Buffer.of();
  const records = toRecords(query, target, addresses);
  let room = limit - HEADER - query.question.length - extension.length;
  const kept = records.filter(({ length }) => {
    room -= length;
    return room >= 0;
  });
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(query.id, 0);
  header.writeUInt16BE(
    FLAG.response |
      (query.flags & (FLAG.opcode | FLAG.recursion)) |
      (isAuthoritative ? FLAG.authoritative : 0) |
      (kept.length < records.length ? FLAG.truncated : 0) |
      RECURSION_AVAILABLE |
      rcode,
    2,
  );
  header.writeUInt16BE(query.question.length === 0 ? 0 : 1, 4);
  header.writeUInt16BE(kept.length, 6);
  header.writeUInt16BE(extension.length === 0 ? 0 : 1, 10);
  return Buffer.concat([header, query.question, ...kept, extension]);
}

/** Says that the whole answer comes over TCP: for what a name server sent and the client cannot take. */
export function encodeTruncated(query: Query): Buffer {
  const bytes = encodeAnswer(query, { rcode: RCODE.noError }, PLAIN_LIMIT);
  bytes.writeUInt16BE(bytes.readUInt16BE(2) | FLAG.truncated, 2);
  return bytes;
}

/** Whether these bytes can be the answer to that query: nobody else's, and no echo. */
export function isAnswerTo(query: Query, bytes: Buffer): boolean {
  return (
    bytes.length >= HEADER + query.question.length &&
    bytes.readUInt16BE(0) === query.id &&
    (bytes.readUInt16BE(2) & FLAG.response) !== 0 &&
    bytes.subarray(HEADER, HEADER + query.question.length).equals(query.question)
  );
}

/** Nothing but the size that we take ourselves. */
const EXTENSION = Buffer.from([0, 0, TYPE.opt, 0x10, 0, 0, 0, 0, 0, 0, 0]);

/** Where the asked name stands in every answer, as a pointer. @see RFC 1035 §4.1.4 */
const TO_QUESTION = 0xc000 | HEADER;

function toRecords(query: Query, target: string | undefined, addresses: readonly string[]): readonly Buffer[] {
  if (addresses.length === 0) return [];
  if (target === undefined) return addresses.map((address) => toAddressRecord(TO_QUESTION, address));
  const alias = toRecord(TO_QUESTION, TYPE.cname, encodeName(target));
  // The addresses belong to the name at the end of the record before them.
  const owner = 0xc000 | (HEADER + query.question.length + 12);
  return [alias, ...addresses.map((address) => toAddressRecord(owner, address))];
}

function toAddressRecord(owner: number, address: string): Buffer {
  return toRecord(owner, isIPv4(address) ? TYPE.a : TYPE.aaaa, toIpBytes(address));
}

function toRecord(owner: number, type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(owner, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(CLASS_IN, 4);
  head.writeUInt32BE(TTL, 6);
  head.writeUInt16BE(value.length, 10);
  return Buffer.concat([head, value]);
}
