import prometheus from 'prom-client';

/** A value for each label that was declared: one that is missing or misspelt does not compile. */
export type Labels<Label extends string> = Readonly<Record<Label, string | number>>;

/** Nothing to give when there are no labels. */
type LabelArgument<Label extends string> = [Label] extends [never] ? [] : [labels: Labels<Label>];

/** What every metric says of itself. */
export interface MetricOptions<Label extends string> {
  readonly name: string;
  /** One sentence, which operators read. */
  readonly help: string;
  /** Closed sets only: never a proxy's id or a hostname. */
  readonly labels?: readonly Label[];
}

/** A number that only grows. */
export interface Counter<Label extends string> {
  add(count: number, ...labels: LabelArgument<Label>): void;
  /** What was counted so far. */
  read(...labels: LabelArgument<Label>): Promise<number>;
}

/** A number that goes up and down. */
export interface Gauge<Label extends string> {
  set(value: number, ...labels: LabelArgument<Label>): void;
  add(count: number, ...labels: LabelArgument<Label>): void;
  /** Takes a label combination out of the answer. */
  remove(...labels: LabelArgument<Label>): void;
  read(...labels: LabelArgument<Label>): Promise<number>;
}

/** A distribution of numbers, in buckets. */
export interface Histogram<Label extends string> {
  observe(value: number, ...labels: LabelArgument<Label>): void;
}

/** Options of a histogram. */
export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  /** Upper bounds, growing, in the unit that `name` ends with. */
  readonly buckets: readonly number[];
}

const registry = new prometheus.Registry();
const descriptions = new Map<string, MetricDescription>();

/** Declares a counter, once, at the top of a module. */
export function counter<const Label extends string = never>(options: MetricOptions<Label>): Counter<Label> {
  const metric = new prometheus.Counter<string>(describe('counter', options));
  return {
    add: (count, ...[labels]) => metric.inc(labels ?? {}, count),
    read: async (...[labels]) => readValue(await metric.get(), labels ?? {}),
  };
}

/** Declares a gauge, once, at the top of a module. */
export function gauge<const Label extends string = never>(options: MetricOptions<Label>): Gauge<Label> {
  const metric = new prometheus.Gauge<string>(describe('gauge', options));
  return {
    set: (value, ...[labels]) => metric.set(labels ?? {}, value),
    add: (count, ...[labels]) => metric.inc(labels ?? {}, count),
    remove: (...[labels]) => metric.remove(labels ?? {}),
    read: async (...[labels]) => readValue(await metric.get(), labels ?? {}),
  };
}

/** Declares a histogram, once, at the top of a module. */
export function histogram<const Label extends string = never>(options: HistogramOptions<Label>): Histogram<Label> {
  const metric = new prometheus.Histogram<string>({ ...describe('histogram', options), buckets: [...options.buckets] });
  return { observe: (value, ...[labels]) => metric.observe(labels ?? {}, value) };
}

/** All metrics in Prometheus' text format. */
export function renderMetrics(): Promise<string> {
  return registry.metrics();
}

/** The content type of what `renderMetrics` gives. */
export const metricsContentType: string = registry.contentType;

/** Adds the process' own metrics (CPU, memory, event loop, garbage collection): once, from a program's start. */
export function addProcessMetrics(): void {
  prometheus.collectDefaultMetrics({ register: registry });
}

/** Every declared metric, sorted by name: what the page of metrics lists. */
export function listMetrics(): readonly MetricDescription[] {
  return [...descriptions.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One line of the page of metrics. */
export interface MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
}

/** Sets every metric back to its start: for tests. */
export function resetMetrics(): void {
  registry.resetMetrics();
}

function describe<Label extends string>(
  type: MetricDescription['type'],
  { name, help, labels = [] }: MetricOptions<Label>,
) {
  descriptions.set(name, { name, help, type, labels });
  return { name, help, labelNames: [...labels], registers: [registry] };
}

interface MetricValues {
  readonly values: readonly { readonly labels: Readonly<Record<string, unknown>>; readonly value: number }[];
}

function readValue({ values }: MetricValues, labels: Readonly<Record<string, string | number>>): number {
  const found = values.find((value) => Object.entries(labels).every(([name, wanted]) => value.labels[name] === wanted));
  return found?.value ?? 0;
}
