import type { Static } from 'typebox';
import type { ConsistentHash, HashKey, LoadBalancer, SimpleLoadBalancer, Warmup } from '../../model/traffic-policy.ts';
import { unreachable } from '../../kit/unreachable.ts';
import type { Pointer } from '../pointer.ts';
import { present } from '../present.ts';
import type { IssueReport } from '../report.ts';
import { toDurationMs } from '../schema/duration.ts';
import { choice, decimal, flag, listOf, object, text, whole } from '../schema/fields.ts';
import {
  LOCALITY_LB,
  ZONE_AWARE_LB,
  checkLocalityLb,
  checkZoneAwareLb,
  parseLocalityLb,
  parseZoneAwareLb,
} from './locality-lb.ts';

const COOKIE_ATTRIBUTE = object('An attribute of the cookie.', {
  required: { name: text('Name of the attribute.', { minLength: 1 }) },
  optional: { value: text('Value of the attribute.') },
});

const COOKIE = object('A cookie whose value is hashed.', {
  required: { name: text('Name of the cookie.', { minLength: 1 }) },
  optional: {
    path: text('Path of the cookie.'),
    ttl: text('Lifetime of the cookie; 0s makes it a session cookie.', {
      format: 'duration-or-zero',
      absent: 'the cookie is read, never set',
    }),
    attributes: listOf('Attributes of the cookie.', COOKIE_ATTRIBUTE),
  },
});

const CONSISTENT_HASH = object(
  'Sends requests that agree in something to the same workload.',
  {
    required: {},
    optional: {
      httpHeaderName: text('Header whose value is hashed.', { format: 'header-name' }),
      httpCookie: COOKIE,
      useSourceIp: flag('Whether the address of the client is hashed.'),
      httpQueryParameterName: text('Query parameter whose value is hashed.', { minLength: 1 }),
      ringHash: object('A ring of hashes.', {
        required: {},
        optional: {
          minimumRingSize: whole('Least number of points on the ring.', {
            minimum: 0,
            maximum: 8388608,
            absent: '1024',
          }),
        },
      }),
      maglev: object("Google's Maglev.", {
        required: {},
        optional: {
          tableSize: whole('Size of the table, a prime number.', { minimum: 2, maximum: 5000011, absent: '65537' }),
        },
      }),
      minimumRingSize: whole('Use `ringHash.minimumRingSize`.', { minimum: 0, maximum: 8388608, deprecated: true }),
    },
  },
  {
    exclusive: [
      ['httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'],
      ['ringHash', 'maglev'],
    ],
  },
);

const WARMUP = object('Lets a new workload take its share of traffic slowly.', {
  required: { duration: text('How long a workload counts as new.', { format: 'duration' }) },
  optional: {
    minimumPercent: decimal('Share that a workload begins with, in percent.', {
      minimum: 0,
      maximum: 100,
      absent: '10',
    }),
    aggression: decimal('How fast the share grows; 1 is linear.', { minimum: 0, absent: '1' }),
  },
});

const SIMPLE = choice(
  'A plain algorithm.',
  ['UNSPECIFIED', 'LEAST_CONN', 'RANDOM', 'PASSTHROUGH', 'ROUND_ROBIN', 'LEAST_REQUEST'],
  { absent: 'LEAST_REQUEST' },
);

/** Which of a service's workloads takes a request. */
export const LOAD_BALANCER = object(
  'Which workload takes a request.',
  {
    required: {},
    optional: {
      simple: SIMPLE,
      consistentHash: CONSISTENT_HASH,
      localityLbSetting: LOCALITY_LB,
      zoneAwareLbSetting: ZONE_AWARE_LB,
      warmupDurationSecs: text('Use `warmup.duration`.', { format: 'duration', deprecated: true }),
      warmup: WARMUP,
    },
  },
  {
    exclusive: [
      ['simple', 'consistentHash'],
      ['warmupDurationSecs', 'warmup'],
      ['localityLbSetting', 'zoneAwareLbSetting'],
    ],
  },
);

export type WrittenLoadBalancer = Static<typeof LOAD_BALANCER>;
type WrittenHash = Static<typeof CONSISTENT_HASH>;

/** @param detectsOutliers Failover needs to know which workloads fail. */
export function checkLoadBalancer(
  written: WrittenLoadBalancer,
  at: Pointer,
  report: IssueReport,
  detectsOutliers: boolean,
): void {
  const { consistentHash, warmup, warmupDurationSecs, localityLbSetting, zoneAwareLbSetting } = written;
  if (consistentHash) checkHash(consistentHash, at.to('consistentHash'), report);
  if (warmupDurationSecs !== undefined) {
    report.add(
      'FIELD_DEPRECATED',
      at.to('warmupDurationSecs'),
      'warmupDurationSecs has given way to warmup.duration',
      'key',
    );
  }
  if (warmup?.aggression === 0) {
    report.add(
      'VALUE_RANGE',
      at.to('warmup').to('aggression'),
      'the aggression of a warm-up is 0, expected a number above it',
    );
  }
  if (localityLbSetting) checkLocalityLb(localityLbSetting, at.to('localityLbSetting'), report, detectsOutliers);
  if (zoneAwareLbSetting) checkZoneAwareLb(zoneAwareLbSetting, at.to('zoneAwareLbSetting'), report, detectsOutliers);
}

function checkHash(hash: WrittenHash, at: Pointer, report: IssueReport): void {
  const { httpHeaderName, httpCookie, useSourceIp, httpQueryParameterName, ringHash, maglev, minimumRingSize } = hash;
  if (
    httpHeaderName === undefined &&
    httpCookie === undefined &&
    useSourceIp !== true &&
    httpQueryParameterName === undefined
  ) {
    report.add(
      'DR_HASH_KEY_MISSING',
      at,
      'consistentHash does not say what to hash: a header, a cookie, the source IP or a query parameter',
    );
  }
  checkCookie(httpCookie, at.to('httpCookie'), report);
  if (minimumRingSize !== undefined) {
    const place = at.to('minimumRingSize');
    if (ringHash || maglev)
      report.add('FIELD_EXCLUSIVE', place, 'minimumRingSize cannot stand beside ringHash or maglev', 'key');
    else report.add('FIELD_DEPRECATED', place, 'minimumRingSize has given way to ringHash.minimumRingSize', 'key');
  }
  const tableSize = maglev?.tableSize;
  if (maglev && (tableSize === undefined || !isPrime(tableSize))) {
    report.add(
      'DR_MAGLEV_SIZE',
      at.to('maglev').to('tableSize'),
      `the table of maglev has the size ${tableSize ?? '"not written"'}, expected a prime number below 5000011`,
    );
  }
}

function checkCookie(cookie: WrittenHash['httpCookie'], at: Pointer, report: IssueReport): void {
  const seen = new Set<string>();
  for (const [index, { name, value = '' }] of (cookie?.attributes ?? []).entries()) {
    checkAttributeText(name, at.to('attributes').to(index).to('name'), report);
    checkAttributeText(value, at.to('attributes').to(index).to('value'), report);
    if (seen.has(name))
      report.add(
        'DR_COOKIE_ATTRIBUTE_REPEATED',
        at.to('attributes').to(index),
        `the cookie has the attribute "${name}" twice`,
      );
    seen.add(name);
  }
}

const MAX_ATTRIBUTE_BYTES = 16_384;

/** Envoy refuses what would end the header that the cookie is set with. */
function checkAttributeText(text: string, at: Pointer, report: IssueReport): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly what is refused
  if (/[\u0000\r\n]/.test(text))
    report.add('HEADER_INVALID', at, `${at} has a line break or a NUL character, which headers cannot carry`);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_ATTRIBUTE_BYTES)
    report.add('HEADER_INVALID', at, `${at} is ${bytes} bytes long, proxies take ${MAX_ATTRIBUTE_BYTES}`);
}

function isPrime(number: number): boolean {
  if (number < 2) return false;
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}

export function parseLoadBalancer(written: WrittenLoadBalancer): LoadBalancer {
  const { simple = 'UNSPECIFIED', consistentHash, localityLbSetting, zoneAwareLbSetting } = written;
  return present({
    simple: toSimple(simple),
    consistentHash: consistentHash && parseHash(consistentHash),
    locality: localityLbSetting && parseLocalityLb(localityLbSetting),
    zoneAware: zoneAwareLbSetting && parseZoneAwareLb(zoneAwareLbSetting),
    warmup: findWarmup(written),
  });
}

function toSimple(simple: Static<typeof SIMPLE>): SimpleLoadBalancer | undefined {
  switch (simple) {
    case 'UNSPECIFIED':
      return undefined;
    case 'LEAST_CONN':
    case 'LEAST_REQUEST':
      return 'least-request';
    case 'RANDOM':
      return 'random';
    case 'PASSTHROUGH':
      return 'passthrough';
    case 'ROUND_ROBIN':
      return 'round-robin';
    default:
      return unreachable(simple);
  }
}

function parseHash(hash: WrittenHash): ConsistentHash {
  const { maglev, ringHash, minimumRingSize } = hash;
  // Istio takes 1024 only when no algorithm is named; a ring without a size keeps Envoy's own default.
  const size = ringHash ? ringHash.minimumRingSize || undefined : minimumRingSize || 1024;
  return {
    key: parseHashKey(hash),
    algorithm: maglev
      ? { kind: 'maglev', ...present({ tableSize: maglev.tableSize || undefined }) }
      : { kind: 'ring-hash', ...present({ minimumRingSize: size }) },
  };
}

function parseHashKey({ httpHeaderName, httpCookie, httpQueryParameterName }: WrittenHash): HashKey {
  if (httpHeaderName !== undefined) return { kind: 'header', name: httpHeaderName };
  if (httpQueryParameterName !== undefined) return { kind: 'query-parameter', name: httpQueryParameterName };
  if (httpCookie === undefined) return { kind: 'source-ip' };
  const { name, path, ttl, attributes } = httpCookie;
  return {
    kind: 'cookie',
    cookie: {
      name,
      ...present({ path: path || undefined, ttlMs: ttl === undefined ? undefined : toDurationMs(ttl), attributes }),
    },
  };
}

function findWarmup({ warmup, warmupDurationSecs }: WrittenLoadBalancer): Warmup | undefined {
  if (warmup) {
    const { duration, minimumPercent, aggression } = warmup;
    return { durationMs: toDurationMs(duration), legacy: false, ...present({ minimumPercent, aggression }) };
  }
  return warmupDurationSecs === undefined ? undefined : { durationMs: toDurationMs(warmupDurationSecs), legacy: true };
}
