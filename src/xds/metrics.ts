import { counter, gauge, histogram } from '../kit/metrics.ts';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE, type TypeUrl } from './type-url.ts';

/*
 * Operators' dashboards hold these names: renaming one is a breaking change.
 * Source: Istio pilot/pkg/xds/monitoring.go and pkg/xds/monitoring.go, buckets included. Times are in seconds.
 */

/** Streams that are open. */
const connections = gauge({
  name: 'pilot_xds',
  help: 'Proxies that are connected over xDS, by their Istio version.',
  labels: ['version'],
});

const versions = new Map<string, number>();

/** Counts a stream that opens or ends. A version without any is named no more: proxies may claim as many as they like. */
export function countConnection(version: string, change: 1 | -1): void {
  const count = (versions.get(version) ?? 0) + change;
  if (count > 0) {
    versions.set(version, count);
    connections.set(count, { version });
    return;
  }
  versions.delete(version);
  connections.remove({ version });
}

/** Responses that were written. */
export const pushes = counter({
  name: 'pilot_xds_pushes',
  help: 'Responses sent over xDS, by type; with the suffix _senderr those that could not be written.',
  labels: ['type'],
});

/** From a type's turn to its encoded response. */
export const pushTime = histogram({
  name: 'pilot_xds_push_time',
  help: 'Seconds to work out and encode a response, by type.',
  labels: ['type'],
  buckets: [0.01, 0.1, 0.5, 1, 3, 5, 10, 20, 30],
});

/** From writing a response until the connection has taken all of it. */
export const sendTime = histogram({
  name: 'pilot_xds_send_time',
  help: 'Seconds until the connection took a response.',
  buckets: [0.01, 0.1, 1, 3, 5, 10, 20, 30],
});

/** Sizes of responses. */
export const configSize = histogram({
  name: 'pilot_xds_config_size_bytes',
  help: 'Bytes of a response, by type URL.',
  labels: ['type'],
  buckets: [1, 1e4, 1e6, 4e6, 1e7, 4e7],
});

/** Refusals in all. */
export const rejects = counter({
  name: 'pilot_total_xds_rejects',
  help: 'Responses that proxies refused, by type.',
  labels: ['type'],
});

/** Requests that answered a response which had been overtaken. */
export const expiredNonces = counter({
  name: 'pilot_xds_expired_nonce',
  help: 'Requests that answered a response which had been overtaken, by type.',
  labels: ['type'],
});

/** What the two bulkheads caught. */
export const internalErrors = counter({
  name: 'pilot_total_xds_internal_errors',
  help: 'Pushes and requests that failed over a defect of the control plane itself.',
});

/** From a change's push to its last response. */
export const convergenceTime = histogram({
  name: 'pilot_proxy_convergence_time',
  help: 'Seconds from a push until all of it was sent to a proxy.',
  buckets: [0.1, 0.5, 1, 3, 5, 10, 20, 30],
});

/** From a change's push until the proxy's turn comes. */
export const queueTime = histogram({
  name: 'pilot_proxy_queue_time',
  help: 'Seconds that a proxy waited in the push queue.',
  buckets: [0.1, 0.5, 1, 3, 5, 10, 20, 30],
});

/** The largest request so far. */
export const largestRequest = gauge({
  name: 'pilot_xds_recv_max',
  help: 'Bytes of the largest request received.',
});

function rejectGauge(type: string) {
  const name = `pilot_xds_${type}_reject`;
  return gauge({
    name,
    help: `Refusals of ${type} responses, by connected proxy and status.`,
    labels: ['node', 'err'],
  });
}

/**
 * Refusals by proxy, as Istio has them. The label `node` is no closed set: a series lives as long as its stream.
 */
const refusedBy: ReadonlyMap<TypeUrl, ReturnType<typeof rejectGauge>> = new Map([
  [CLUSTER_TYPE, rejectGauge('cds')],
  [ENDPOINT_TYPE, rejectGauge('eds')],
  [LISTENER_TYPE, rejectGauge('lds')],
  [ROUTE_TYPE, rejectGauge('rds')],
]);

/** The refusals of one stream, which leave the metrics when it ends. */
export class StreamRejects {
  readonly #node: string;
  readonly #series = new Map<string, () => void>();

  /** @param node The node's id. */
  constructor(node: string) {
    this.#node = node;
  }

  /** Counts a refusal; `code` is a gRPC status code. */
  add(typeUrl: TypeUrl, code: number): void {
    const metric = refusedBy.get(typeUrl);
    const labels = { node: this.#node, err: STATUS_NAMES[code] ?? `Code(${code})` };
    metric?.add(1, labels);
    if (metric !== undefined) this.#series.set(`${typeUrl} ${labels.err}`, () => metric.remove(labels));
  }

  clear(): void {
    for (const remove of this.#series.values()) remove();
    this.#series.clear();
  }
}

/** The names that Istio's label values have, by gRPC status code. */
const STATUS_NAMES: readonly string[] = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];
