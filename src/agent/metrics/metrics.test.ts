import { describe, expect, it } from 'vitest';
import { AgentMetrics } from './agent-metrics.ts';
import { Counter, Gauge, Histogram } from './metric.ts';

const spec = { name: 'x', help: 'What it is.' };
const head = (type: string) => `# HELP istio_agent_x What it is.\n# TYPE istio_agent_x ${type}\n`;

describe('a metric', () => {
  it('that counts begins at nothing', () => {
    const counter = new Counter(spec);
    expect(counter.print()).toBe(`${head('counter')}istio_agent_x 0\n`);
    counter.increment();
    expect(counter.print()).toBe(`${head('counter')}istio_agent_x 1\n`);
  });

  it('with a label has a line for each value, those that did not occur too', () => {
    const counter = new Counter(spec, 'type', ['a']);
    counter.increment('b"\\\n');
    expect(counter.print()).toBe(`${head('counter')}istio_agent_x{type="a"} 0\nistio_agent_x{type="b\\"\\\\\\n"} 1\n`);
  });

  it('that is not known is left out', () => {
    expect(new Gauge(spec, () => undefined).print()).toBe('');
    expect(new Gauge(spec, () => 2, { of: 'y' }).print()).toBe(`${head('gauge')}istio_agent_x{of="y"} 2\n`);
  });

  it('of a distribution counts what lies below each bound', () => {
    const histogram = new Histogram(spec, [1, 2]);
    for (const value of [0.5, 1, 1.5, 9]) histogram.observe(value);
    expect(histogram.print()).toBe(
      `${head('histogram')}istio_agent_x_bucket{le="1"} 2\nistio_agent_x_bucket{le="2"} 3\n` +
        'istio_agent_x_bucket{le="+Inf"} 4\nistio_agent_x_sum 12\nistio_agent_x_count 4\n',
    );
  });
});

describe("the agent's metrics", () => {
  it('all begin with the same words', () => {
    const metrics = new AgentMetrics({ certificateEndMs: () => 61_000, now: () => 1000 });
    metrics.relayListener.onUpstreamEnd?.('error');
    const samples = metrics
      .print()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples.filter((line) => !line.startsWith('istio_agent_'))).toEqual([]);
    expect(samples).toContain('istio_agent_istiod_connection_terminations{type="error"} 1');
    expect(samples).toContain('istio_agent_cert_expiry_seconds{resource_name="default"} 60');
    expect(samples).toContain('istio_agent_dns_requests_total 0');
  });
});
