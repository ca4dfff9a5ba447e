import { readFileSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { TypeUrl } from '../../src/xds/type-url.ts';

/** Responses by the kind of change that they brought. */
export type ChangeKind = 'endpoint' | 'route';

/** What a server sent to one proxy of a class, as it came over the wire. */
export interface RecordedClass {
  /** All that it sent until the proxy had its state, by type. */
  readonly connect: Map<TypeUrl, Buffer[]>;
  /** All that it sent for one change of each kind. */
  readonly changes: Record<ChangeKind, Buffer[]>;
}

/** Recorded responses by class of proxies. */
export type Recording = Map<string, RecordedClass>;

export function emptyRecording(): RecordedClass {
  return { connect: new Map(), changes: { endpoint: [], route: [] } };
}

export function writeRecording(file: string, recording: Recording): void {
  writeFileSync(file, serialize(recording));
}

/** Reads what `writeRecording` wrote. */
export function readRecording(file: string): Recording {
  const recording: Recording = deserialize(readFileSync(file));
  for (const { connect, changes } of recording.values()) {
    for (const [typeUrl, responses] of connect) connect.set(typeUrl, responses.map(toBuffer));
    changes.endpoint = changes.endpoint.map(toBuffer);
    changes.route = changes.route.map(toBuffer);
  }
  return recording;
}

/** V8 gives plain byte arrays back, as views of the whole file. */
function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
