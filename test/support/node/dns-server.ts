import { createSocket, type Socket } from 'node:dgram';

const TYPE_A = 1;
const NO_SUCH_NAME = 3;

/** A question of one name, as it came. */
interface Question {
  readonly name: string;
  readonly type: number;
  /** Where the question ends in the message. */
  readonly end: number;
}

/** The DNS server of a test's cluster: IPv4 addresses by name, over UDP, and nothing else. */
export class DnsServer {
  #socket: Socket | undefined;
  #names: Readonly<Record<string, readonly string[]>> = {};

  /** Answers by these names from now on; the first call opens the port. */
  async serve(host: string, names: Readonly<Record<string, readonly string[]>>): Promise<void> {
    this.#names = names;
    if (this.#socket !== undefined) return;
    const socket = createSocket('udp4');
    this.#socket = socket;
    socket.on('message', (message, { address, port }) => {
      const answer = toAnswer(message, this.#names);
      if (answer !== undefined) socket.send(answer, port, address);
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(53, host, resolve);
    });
  }
}

/** @see RFC 1035 §4 */
function toAnswer(message: Buffer, names: Readonly<Record<string, readonly string[]>>): Buffer | undefined {
  const question = readQuestion(message);
  if (question === undefined) return undefined;
  const addresses = names[question.name.toLowerCase()];
  const answers = question.type === TYPE_A ? (addresses ?? []) : [];
  const header = Buffer.from(message.subarray(0, 12));
  // Response, recursion desired as it was asked, recursion available, and what became of it.
  header.writeUInt16BE(0x8080 | (message.readUInt16BE(2) & 0x0100) | (addresses === undefined ? NO_SUCH_NAME : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, message.subarray(12, question.end), ...answers.map(toRecord)]);
}

function readQuestion(message: Buffer): Question | undefined {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at]; length !== 0; length = message[at]) {
    if (length === undefined || length > 63) return undefined;
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  if (at + 5 > message.length) return undefined;
  return { name: labels.join('.'), type: message.readUInt16BE(at + 1), end: at + 5 };
}

/** An address, of the name that the question has at byte 12, for five seconds. */
function toRecord(address: string): Buffer {
  return Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 5, 0, 4, ...address.split('.').map(Number)]);
}
