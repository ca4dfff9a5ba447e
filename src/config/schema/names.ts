import { isIP } from 'node:net';

/*
 * The shapes of names and addresses, as Istio's admission takes them. See istio pkg/config/labels, pkg/config/validation.
 */

// Upper case is allowed on purpose: Istio always took it, and host names compare without case.
const DNS_LABEL = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const WILDCARD_LABEL = /^(?:\*|(?:\*-?)?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)$/;
const QUALIFIED_NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const MAX_LABEL = 63;
const MAX_DOMAIN = 255;
/** What fits into the address of a socket on Linux. */
const MAX_SOCKET_PATH_BYTES = 107;

/** A DNS-1123 label: up to 63 letters, digits and inner dashes. */
export function isDnsLabel(text: string): boolean {
  return text.length <= MAX_LABEL && DNS_LABEL.test(text);
}

/** Labels joined by dots, the last of which is not a number; a trailing dot is fine. */
export function isFqdn(text: string): boolean {
  return isDomain(text, isDnsLabel);
}

/** Like {@link isFqdn}, but the first label may be `*` or begin with it. */
export function isWildcardDomain(text: string): boolean {
  return isDomain(text, isWildcardLabel);
}

function isWildcardLabel(text: string): boolean {
  return text.length <= MAX_LABEL && WILDCARD_LABEL.test(text);
}

function isDomain(text: string, isFirst: (label: string) => boolean): boolean {
  if (text.length === 0 || text.length > MAX_DOMAIN) return false;
  const labels = text.split('.');
  if (labels.length > 1 && labels.at(-1) === '') labels.pop();
  const last = labels.at(-1) ?? '';
  if (/^[0-9]+$/.test(last)) return false;
  return labels.every((label, index) => (index === 0 ? isFirst(label) : isDnsLabel(label)));
}

/** Has a `*` that stands for a part of a label, such as `*a.com`. Istio matches it by suffix; TLS and DNS do not. */
export function isPartialWildcard(host: string): boolean {
  return host.length > 1 && host.includes('*') && !host.startsWith('*.');
}

export function isIpAddress(text: string): boolean {
  return isIP(text) !== 0;
}

export function isCidr(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  if (rest.length > 0 || !/^(?:0|[1-9][0-9]{0,2})$/.test(bits)) return false;
  const family = isIP(address);
  return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128);
}

/** `unix://` and an absolute path that is not a directory, or `@name` for an abstract socket; of at most 107 bytes. */
export function isUnixAddress(text: string): boolean {
  const path = text.slice('unix://'.length);
  if (path.includes('\0') || Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) return false;
  return (
    text.startsWith('unix://') && (path.startsWith('@') ? path.length > 1 : path.startsWith('/') && !path.endsWith('/'))
  );
}

/** A label's value: empty, or up to 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit. */
export function isLabelValue(text: string): boolean {
  return text === '' || (text.length <= MAX_LABEL && QUALIFIED_NAME.test(text));
}

/** A label's key: a qualified name, perhaps after a domain and a slash. */
export function isLabelKey(text: string): boolean {
  const slash = text.indexOf('/');
  const name = text.slice(slash + 1);
  if (name.length > MAX_LABEL || !QUALIFIED_NAME.test(name)) return false;
  return slash === -1 || isObjectName(text.slice(0, slash));
}

/** A DNS-1123 subdomain, as Kubernetes names its objects. */
export function isObjectName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(text);
}

/** A token of RFC 9110, as header names are. Envoy refuses anything else. */
export function isHeaderName(text: string): boolean {
  return /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/.test(text);
}
