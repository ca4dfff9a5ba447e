/** A metric that prints itself in Prometheus' text format. */
export interface Metric {
  /** Its samples, a line each, after the lines that say what it is. */
  print(): string;
}

/** What every metric says of itself. */
export interface MetricSpec {
  /** Without the prefix that all of an agent's metrics have. */
  readonly name: string;
  readonly help: string;
}

/** Every metric that an agent has, so that nobody takes it for one of the application beside it. */
const PREFIX = 'istio_agent_';

/** A number that only grows, one for each value of its label where it has one. */
export class Counter implements Metric {
  readonly #spec: MetricSpec;
  readonly #label: string | undefined;
  readonly #counts = new Map<string, number>();

  /** @param known Values of the label that are told before they occur, so that a rate is right from the first on. */
  constructor(spec: MetricSpec, label?: string, known: readonly string[] = label === undefined ? [''] : []) {
    this.#spec = spec;
    this.#label = label;
    for (const value of known) this.#counts.set(value, 0);
  }

  /** Counts one more. */
  increment(value = ''): void {
    this.#counts.set(value, this.read(value) + 1);
  }

  read(value = ''): number {
    return this.#counts.get(value) ?? 0;
  }

  print(): string {
    const samples = [...this.#counts].map(([value, count]) =>
      toSample(this.#spec.name, this.#label === undefined ? [] : [[this.#label, value]], count),
    );
    return describe(this.#spec, 'counter') + samples.join('');
  }
}

/** A number that is asked for when it is read; one that is not known is left out. */
export class Gauge implements Metric {
  readonly #spec: MetricSpec;
  readonly #read: () => number | undefined;
  readonly #labels: readonly (readonly [string, string])[];

  constructor(spec: MetricSpec, read: () => number | undefined, labels: Readonly<Record<string, string>> = {}) {
    this.#spec = spec;
    this.#read = read;
    this.#labels = Object.entries(labels);
  }

  print(): string {
    const value = this.#read();
    return value === undefined ? '' : describe(this.#spec, 'gauge') + toSample(this.#spec.name, this.#labels, value);
  }
}

/** How numbers are distributed. */
export class Histogram implements Metric {
  readonly #spec: MetricSpec;
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** @param bounds Upper ends of the buckets, growing; one without an end is added. */
  constructor(spec: MetricSpec, bounds: readonly number[]) {
    this.#spec = spec;
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#sum += value;
    this.#count++;
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  print(): string {
    const { name } = this.#spec;
    let below = 0;
    const buckets = this.#bounds.map((bound, at) => {
      below += this.#counts[at] ?? 0;
      return toSample(`${name}_bucket`, [['le', String(bound)]], below);
    });
    return [
      describe(this.#spec, 'histogram'),
      ...buckets,
      toSample(`${name}_bucket`, [['le', '+Inf']], this.#count),
      toSample(`${name}_sum`, [], this.#sum),
      toSample(`${name}_count`, [], this.#count),
    ].join('');
  }
}

function describe({ name, help }: MetricSpec, type: string): string {
  return `# HELP ${PREFIX}${name} ${help}\n# TYPE ${PREFIX}${name} ${type}\n`;
}

function toSample(name: string, labels: readonly (readonly [string, string])[], value: number): string {
  const inner = labels.map(([label, text]) => `${label}="${escape(text)}"`).join(',');
  return `${PREFIX}${name}${inner === '' ? '' : `{${inner}}`} ${value}\n`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
