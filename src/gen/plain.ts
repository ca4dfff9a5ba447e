import { type Decoded, readMessage } from './decode.ts';
import { writeMessage } from './encode.ts';
import { getMessageType } from './message-type.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const writer = new WireWriter();

/** `encodeMessage` of a type known only at run time. */
export function encodePlain(type: string, message: object): Buffer {
  writer.reset();
  writeMessage(writer, getMessageType(type), message);
  return writer.finish();
}

/** `decodeMessage` of a type known only at run time. */
export function decodePlain(type: string, bytes: Uint8Array): Decoded {
  const reader = new WireReader(bytes);
  return readMessage(reader, getMessageType(type), reader.length);
}
