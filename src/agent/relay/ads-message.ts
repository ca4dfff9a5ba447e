import { WireReader } from '../../gen/wire-reader.ts';

/** The two forms of ADS. @see envoy/service/discovery/v3/ads.proto */
export type AdsForm = 'sotw' | 'delta';

/** What the relay has to know of a message; everything else it passes on unread. */
export interface AdsHead {
  readonly typeUrl: string;
  readonly nonce: string;
  /** Of a request: whether it refuses what the nonce names. */
  readonly isRefusal: boolean;
}

/** Field numbers, which differ from message to message. @see envoy/service/discovery/v3/discovery.proto */
const FIELDS = {
  sotw: { request: { typeUrl: 4, nonce: 5, error: 6 }, response: { typeUrl: 4, nonce: 5, error: -1 } },
  delta: { request: { typeUrl: 2, nonce: 6, error: 7 }, response: { typeUrl: 4, nonce: 5, error: -1 } },
} as const;

/** Reads the head of a message without touching its resources. @throws MessageError when it is no protobuf */
export function readHead(bytes: Buffer, form: AdsForm, kind: 'request' | 'response'): AdsHead {
  const fields = FIELDS[form][kind];
  const reader = new WireReader(bytes);
  let typeUrl = '';
  let nonce = '';
  let isRefusal = false;
  while (reader.position < reader.length) {
    const tag = reader.uint32();
    const field = tag >>> 3;
    if (field === fields.typeUrl) typeUrl = reader.string();
    else if (field === fields.nonce) nonce = reader.string();
    else {
      if (field === fields.error) isRefusal = true;
      reader.skip(tag & 7);
    }
  }
  return { typeUrl, nonce, isRefusal };
}
