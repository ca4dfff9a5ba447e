import type { RelayListener } from '../relay/ads-relay.ts';
import { Counter, Gauge, Histogram, type Metric } from './metric.ts';

/** Where gauges read what they show. */
export interface GaugeSources {
  /** When the workload's certificate ends, in milliseconds since 1970; undefined before the first. */
  readonly certificateEndMs: () => number | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const HOW_STREAMS_END = ['cancelled', 'error'];
const SCRAPED = ['envoy', 'agent', 'application'];
/** Seconds: a server of the pod's own network answers in the first, one that is away in the last. */
const DNS_BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/**
 * Everything that an agent counts, under pilot-agent's names.
 *
 * Printed here and by no library: one that can do more costs every pod five megabytes.
 * @see istio pilot/cmd/pilot-agent/metrics, pkg/istio-agent/metrics, pkg/dns/client/monitoring.go
 */
export class AgentMetrics {
  readonly istiodConnectionFailures = new Counter({
    name: 'istiod_connection_failures',
    help: 'Attempts to reach the control plane that failed.',
  });
  readonly istiodConnectionTerminations = new Counter(
    { name: 'istiod_connection_terminations', help: 'Streams to the control plane that ended.' },
    'type',
    HOW_STREAMS_END,
  );
  readonly envoyConnectionTerminations = new Counter(
    { name: 'envoy_connection_terminations', help: 'Streams of Envoy that ended.' },
    'type',
    HOW_STREAMS_END,
  );
  readonly xdsRequests = new Counter({
    name: 'xds_proxy_requests',
    help: 'Requests of Envoy that were passed to the control plane.',
  });
  readonly xdsResponses = new Counter({
    name: 'xds_proxy_responses',
    help: 'Responses that came from the control plane.',
  });
  readonly certificateRequests = new Counter(
    { name: 'num_outgoing_requests', help: 'Requests to the CA.' },
    'request_type',
    ['CSR'],
  );
  readonly certificateFailures = new Counter(
    { name: 'num_failed_outgoing_requests', help: 'Requests to the CA that failed.' },
    'request_type',
    ['CSR'],
  );
  readonly scrapes = new Counter({ name: 'scrapes_total', help: 'Scrapes that were answered.' });
  readonly scrapeFailures = new Counter(
    { name: 'scrape_failures_total', help: 'Parts that were missing from an answered scrape.' },
    'type',
    SCRAPED,
  );
  readonly dnsRequests = new Counter({ name: 'dns_requests_total', help: 'DNS requests.' });
  readonly dnsUpstreamRequests = new Counter({
    name: 'dns_upstream_requests_total',
    help: 'DNS requests that were passed to a name server.',
  });
  readonly dnsUpstreamFailures = new Counter({
    name: 'dns_upstream_failures_total',
    help: 'DNS requests that no name server answered.',
  });
  readonly dnsUpstreamSeconds = new Histogram(
    { name: 'dns_upstream_request_duration_seconds', help: 'Seconds until a name server answered.' },
    DNS_BOUNDS,
  );
  readonly #gauges: readonly Metric[];

  constructor({ certificateEndMs, now }: GaugeSources) {
    this.#gauges = [
      new Gauge(
        { name: 'cert_expiry_seconds', help: 'Seconds until the certificate ends; negative afterwards.' },
        () => toSecondsLeft(certificateEndMs(), now()),
        { resource_name: 'default' },
      ),
      new Gauge({ name: 'process_resident_memory_bytes', help: 'Memory of the agent that is in RAM.' }, () =>
        process.memoryUsage.rss(),
      ),
      new Gauge({ name: 'process_cpu_seconds', help: 'CPU time that the agent has used.' }, () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      }),
    ];
  }

  /** To be told of what the relay passes. */
  get relayListener(): RelayListener {
    return {
      onRequest: () => this.xdsRequests.increment(),
      onResponse: () => this.xdsResponses.increment(),
      onConnectionFailure: () => this.istiodConnectionFailures.increment(),
      onUpstreamEnd: (how) => this.istiodConnectionTerminations.increment(how),
      onEnvoyEnd: (how) => this.envoyConnectionTerminations.increment(how),
    };
  }

  /** All of it, in Prometheus' text format. */
  print(): string {
    const own: readonly Metric[] = Object.values({ ...this });
    return [...own, ...this.#gauges].map((metric) => metric.print()).join('');
  }
}

function toSecondsLeft(endMs: number | undefined, nowMs: number): number | undefined {
  return endMs === undefined ? undefined : Math.round((endMs - nowMs) / 1000);
}
