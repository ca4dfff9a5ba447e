import type { IssueCode } from '../codes.ts';
import { findProtocol } from '../../model/protocol.ts';
import { findDurationMs } from './duration.ts';
import {
  isCidr,
  isDnsLabel,
  isFqdn,
  isHeaderName,
  isIpAddress,
  isLabelValue,
  isObjectName,
  isUnixAddress,
  isWildcardDomain,
} from './names.ts';
import { judgeRegex } from './regex.ts';

interface Format {
  readonly code: IssueCode;
  /** Completes "expected …". */
  readonly expected: string;
  readonly test: (value: string) => boolean;
  /** Completes "… because …", when a value can be wrong in more than one way. */
  readonly explain?: (value: string) => string;
}

/** Envoy counts nanoseconds in 64 bits, which lasts for 292 years, and refuses a duration in whose last second that would end. */
const MAX_DURATION_MS = 9_223_372_035_000;
/** Socket options are seconds in 32 bits. */
const MAX_UINT32 = 4_294_967_295;

const PROTOCOLS = 'HTTP, HTTP2, HTTPS, GRPC, GRPC-WEB, TLS, TCP, MONGO, MYSQL or REDIS';

/**
 * What a string of a field must look like. The empty string is "not written" to Istio: fields that may be written so
 * have a format that takes it.
 */
export const FORMATS = {
  duration: {
    code: 'DURATION_INVALID',
    expected: 'a duration of at least 1 ms in whole milliseconds, such as 5s, 500ms or 1m30s',
    test: (value) => isDuration(value, 1) && Number.isInteger(findDurationMs(value)),
  },
  'duration-or-zero': {
    code: 'DURATION_INVALID',
    expected: 'a duration of zero or more, such as 0s, 500ms or 1m30s',
    test: (value) => isDuration(value, 0),
  },
  'socket-duration': {
    code: 'DURATION_INVALID',
    expected: `a duration of at least 1 ms and at most ${MAX_UINT32} seconds, in whole milliseconds, such as 45s or 1m30s`,
    test: (value) => isDuration(value, 1, MAX_UINT32 * 1000) && Number.isInteger(findDurationMs(value)),
  },
  regex: {
    code: 'REGEX_INVALID',
    expected: 'a regular expression in RE2 syntax',
    test: (value) => judgeRegex(value).kind === 'valid',
    explain: explainRegex,
  },
  'regex-or-any': {
    code: 'REGEX_INVALID',
    expected: 'a regular expression in RE2 syntax',
    // `*` alone means "any value, but there": older Istio documented it, and rules still carry it.
    test: (value) => value === '*' || judgeRegex(value).kind === 'valid',
    explain: explainRegex,
  },
  'service-host': {
    code: 'HOST_INVALID',
    expected: 'the name of a host, not "*"',
    test: (value) => value !== '*' && isWildcardDomain(value),
  },
  fqdn: { code: 'HOST_INVALID', expected: 'a host name', test: isFqdn },
  host: { code: 'HOST_INVALID', expected: 'a host name, or one that begins with "*."', test: isWildcardDomain },
  'host-or-ip': {
    code: 'HOST_INVALID',
    expected: 'a host name, one that begins with "*.", or an IP address',
    test: (value) => isWildcardDomain(value) || isIpAddress(value),
  },
  'fqdn-or-ip': {
    code: 'HOST_INVALID',
    expected: 'a host name or an IP address',
    test: (value) => isFqdn(value) || isIpAddress(value),
  },
  cidr: { code: 'ADDRESS_INVALID', expected: 'a CIDR block', test: (value) => isCidr(value) },
  'ip-or-cidr': {
    code: 'ADDRESS_INVALID',
    expected: 'an IP address or a CIDR block',
    test: (value) => isIpAddress(value) || isCidr(value),
  },
  bind: {
    code: 'ADDRESS_INVALID',
    expected: 'an IP address, or unix:// and an absolute path of at most 107 bytes',
    test: (value) => value === '' || isIpAddress(value) || isUnixAddress(value),
  },
  'label-value': {
    code: 'LABEL_INVALID',
    expected: 'at most 63 letters, digits, "-", "_" and ".", beginning and ending with a letter or a digit',
    test: isLabelValue,
  },
  'dns-label': { code: 'NAME_INVALID', expected: 'at most 63 letters, digits and inner dashes', test: isDnsLabel },
  'dns-label-or-empty': {
    code: 'NAME_INVALID',
    expected: 'at most 63 letters, digits and inner dashes',
    test: (value) => value === '' || isDnsLabel(value),
  },
  'object-name': { code: 'NAME_INVALID', expected: 'lower-case letters, digits, "-" and "."', test: isObjectName },
  ip: { code: 'ADDRESS_INVALID', expected: 'an IP address', test: isIpAddress },
  'ip-or-empty': {
    code: 'ADDRESS_INVALID',
    expected: 'an IP address',
    test: (value) => value === '' || isIpAddress(value),
  },
  'cluster-ip': {
    code: 'ADDRESS_INVALID',
    expected: 'an IP address or None',
    test: (value) => value === '' || value === 'None' || isIpAddress(value),
  },
  protocol: { code: 'PROTOCOL_UNKNOWN', expected: PROTOCOLS, test: (value) => findProtocol(value) !== undefined },
  'protocol-or-empty': {
    code: 'PROTOCOL_UNKNOWN',
    expected: PROTOCOLS,
    test: (value) => value === '' || findProtocol(value) !== undefined,
  },
  'spki-hash': {
    code: 'TLS_HASH',
    expected: 'the base64 of 32 bytes',
    test: (value) => /^[A-Za-z0-9+/]{43}=$/.test(value),
  },
  'certificate-hash': {
    code: 'TLS_HASH',
    expected: '64 hexadecimal digits, perhaps in pairs with colons between',
    test: isCertificateHash,
  },
  'host-port': {
    code: 'ADDRESS_INVALID',
    expected: 'a host name or IP address and a port, such as istiod.istio-system.svc:15012',
    test: isHostPort,
  },
  'host-port-or-empty': {
    code: 'ADDRESS_INVALID',
    expected: 'a host name or IP address and a port, such as zipkin.istio-system:9411',
    // The agent fills the variable in.
    test: (value) => value === '' || isHostPort(value.replace('$(HOST_IP)', '127.0.0.1')),
  },
  'trust-domain': {
    code: 'TRUST_DOMAIN_INVALID',
    expected: 'labels of letters, digits and inner dashes, joined by dots',
    test: (value) => value !== '' && value.replace(/\.$/, '').split('.').every(isDnsLabel),
  },
  'whole-seconds': {
    code: 'DURATION_INVALID',
    expected: 'a duration in whole seconds, such as 45s',
    test: (value) => isDuration(value, 1000) && (findDurationMs(value) ?? 0) % 1000 === 0,
  },
  'base64-lines': {
    code: 'BASE64_INVALID',
    expected: 'base64',
    test: (value) => isBase64(value.replace(/[\r\n]/g, '')),
  },
  base64: { code: 'BASE64_INVALID', expected: 'base64', test: isBase64 },
  'header-name': { code: 'HEADER_INVALID', expected: 'the name of an HTTP header', test: isHeaderName },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

/** Whether a word from a schema is one of ours. */
export function findFormat(name: string): Format | undefined {
  return Object.entries(FORMATS).find(([known]) => known === name)?.[1];
}

function isDuration(value: string, minimumMs: number, maximumMs = MAX_DURATION_MS): boolean {
  const ms = findDurationMs(value);
  return ms !== undefined && ms >= minimumMs && ms <= maximumMs;
}

function explainRegex(value: string): string {
  const verdict = judgeRegex(value);
  return verdict.kind === 'invalid' ? verdict.reason : '';
}

/** Envoy takes the hash with and without colons. */
function isCertificateHash(value: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(value) || /^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){31}$/.test(value);
}

function isBase64(value: string): boolean {
  return value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

function isHostPort(value: string): boolean {
  const [, bracketed, host = bracketed ?? '', digits = ''] =
    /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(value) ?? [];
  return (isFqdn(host) || isIpAddress(host)) && Number(digits) >= 1 && Number(digits) <= 65535;
}
