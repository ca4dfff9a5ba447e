import type { IngressListener } from '../../model/sidecar.ts';
import { isUnixAddress } from '../schema/names.ts';

/** Reads where an application listens; `undefined` for anything that is not one of the few forms. */
export function findEndpoint(text: string): IngressListener['defaultEndpoint'] {
  if (text.startsWith('unix://'))
    return isUnixAddress(text) ? { kind: 'unix', path: text.slice('unix://'.length) } : undefined;
  const [, host, digits = ''] = /^(127\.0\.0\.1|0\.0\.0\.0|\[::1\]|\[::\]|):([0-9]{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65535) return undefined;
  return { kind: 'address', address: toAddress(host), port };
}

/** No address at all means the loopback. */
function toAddress(host: string): '127.0.0.1' | '::1' | '0.0.0.0' | '::' {
  switch (host) {
    case '0.0.0.0':
      return '0.0.0.0';
    case '[::1]':
      return '::1';
    case '[::]':
      return '::';
    default:
      return '127.0.0.1';
  }
}
