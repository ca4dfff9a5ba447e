import type { Json, JsonObject } from './declared.ts';

/** Where to: a service's name, and which of its ports and subsets. */
export interface DestinationOptions {
  readonly port?: number;
  readonly subset?: string;
  /** Share of the traffic. */
  readonly weight?: number;
  readonly headers?: JsonObject;
}

/** A rule of a VirtualService, written down step by step; every step gives a new rule. */
export class Route {
  readonly #spec: JsonObject;

  constructor(spec: JsonObject = {}) {
    this.#spec = spec;
  }

  /** As it stands in YAML. */
  toJson(): JsonObject {
    return this.#spec;
  }

  named(name: string): Route {
    return this.#with({ name });
  }

  /** Takes requests of which one of the matches holds. */
  when(...match: readonly JsonObject[]): Route {
    return this.#with({ match });
  }

  /** Adds a destination. */
  to(host: string, options: DestinationOptions = {}): Route {
    const { weight, headers, ...rest } = options;
    const entry = {
      destination: toDestination(host, rest),
      ...(weight !== undefined && { weight }),
      ...(headers && { headers }),
    };
    return this.#with({ route: [...this.#list('route'), entry] });
  }

  /** Adds a service that gets a copy of the requests, of all or of some percent. */
  mirror(
    host: string,
    { percent, ...rest }: { readonly percent?: number; readonly port?: number; readonly subset?: string } = {},
  ): Route {
    const entry = {
      destination: toDestination(host, rest),
      ...(percent !== undefined && { percentage: { value: percent } }),
    };
    return this.#with({ mirrors: [...this.#list('mirrors'), entry] });
  }

  timeout(timeout: string): Route {
    return this.#with({ timeout });
  }

  retries(retries: JsonObject): Route {
    return this.#with({ retries });
  }

  fault(fault: JsonObject): Route {
    return this.#with({ fault });
  }

  cors(corsPolicy: JsonObject): Route {
    return this.#with({ corsPolicy });
  }

  headers(headers: JsonObject): Route {
    return this.#with({ headers });
  }

  rewrite(rewrite: JsonObject): Route {
    return this.#with({ rewrite });
  }

  redirect(redirect: JsonObject): Route {
    return this.#with({ redirect });
  }

  respond(status: number, body?: string): Route {
    return this.#with({ directResponse: { status, ...(body !== undefined && { body: { string: body } }) } });
  }

  delegate(name: string): Route {
    return this.#with({ delegate: { name } });
  }

  #list(field: string): readonly Json[] {
    const value = this.#spec[field];
    return Array.isArray(value) ? value : [];
  }

  #with(more: JsonObject): Route {
    return new Route({ ...this.#spec, ...more });
  }
}

/** A rule that says nothing yet. */
export function route(): Route {
  return new Route();
}

function toDestination(
  host: string,
  { port, subset }: { readonly port?: number; readonly subset?: string },
): JsonObject {
  return { host, ...(subset !== undefined && { subset }), ...(port !== undefined && { port: { number: port } }) };
}
