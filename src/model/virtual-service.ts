import type { Labels, Meta, ObjectKey } from './object.ts';
import type { StringMatch } from './string-match.ts';
import type { Percent } from './traffic-policy.ts';
import type { Visibility } from './visibility.ts';

/** Where traffic goes: `host` fully qualified, `port` absent means "by the service's ports". */
export interface Destination {
  readonly host: string;
  readonly port?: number;
  readonly subset?: string;
}

/** Changes of headers, of the names as written. */
export interface HeaderOperations {
  readonly set: Readonly<Record<string, string>>;
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** Changes of the headers of requests and of responses. */
export interface Headers {
  readonly request: HeaderOperations;
  readonly response: HeaderOperations;
}

/** One of several destinations, and its share. */
export interface WeightedDestination {
  readonly destination: Destination;
  /** Share of traffic; need not add up to 100. */
  readonly weight: number;
  readonly headers?: Headers;
}

/** What all matches of a rule have in common: who asks, and through what. */
export interface SourceMatch {
  /** Empty: any. Else `mesh` or `namespace/name` of Gateways. */
  readonly gateways: readonly string[];
  readonly sourceLabels: Labels;
  readonly sourceNamespace?: string;
  readonly port?: number;
}

/** What requests a rule is for: all that is said has to hold. */
export interface HttpMatch extends SourceMatch {
  readonly name?: string;
  readonly uri?: StringMatch;
  readonly scheme?: StringMatch;
  readonly method?: StringMatch;
  readonly authority?: StringMatch;
  readonly headers: Readonly<Record<string, StringMatch>>;
  readonly withoutHeaders: Readonly<Record<string, StringMatch>>;
  readonly queryParams: Readonly<Record<string, StringMatch>>;
  readonly ignoreUriCase: boolean;
  readonly statPrefix?: string;
}

/** An answer that sends the client elsewhere; absent parts stay as in the request. */
export interface Redirect {
  /** Absent keeps the request's path. */
  readonly uri?: string;
  /** Replaces the prefix that the rule matched; excludes `uri`. */
  readonly prefixRewrite?: string;
  readonly authority?: string;
  readonly scheme?: string;
  readonly port?:
    | { readonly kind: 'number'; readonly port: number }
    | { readonly kind: 'from-protocol' }
    | { readonly kind: 'from-request' };
  readonly code: 301 | 302 | 303 | 307 | 308;
}

/** An answer that the proxy gives itself. */
export interface DirectResponse {
  readonly status: number;
  readonly body?:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'bytes'; readonly base64: string };
}

/** Changes of a request's path and authority before it is sent on. */
export interface Rewrite {
  readonly uri?: string;
  readonly authority?: string;
  readonly uriRegex?: { readonly match: string; readonly rewrite: string };
}

/** How long a request may take. */
export type Timeout =
  | { readonly kind: 'unset' }
  | { readonly kind: 'off' }
  | { readonly kind: 'after'; readonly ms: number };

/** `attempts` 0 turns retries off. */
export interface Retries {
  readonly attempts: number;
  readonly perTryTimeoutMs?: number;
  readonly retryOn?: string;
  readonly retryRemoteLocalities?: boolean;
  readonly retryIgnorePreviousHosts?: boolean;
  readonly backoffMs?: number;
}

/** Delays and failures put in on purpose. */
export interface Fault {
  readonly delay?: { readonly fixedMs: number; readonly percent: Percent };
  readonly abort?: {
    readonly status:
      | { readonly kind: 'http'; readonly code: number }
      | { readonly kind: 'grpc'; readonly code: number };
    readonly percent?: Percent;
  };
}

/** A service that gets copies of requests; its answers are dropped. */
export interface Mirror {
  readonly destination: Destination;
  /** Absent: all of it. */
  readonly percent?: Percent;
}

/** Cross-origin requests that browsers may make. */
export interface Cors {
  readonly allowOrigins: readonly StringMatch[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeMs?: number;
  readonly allowCredentials?: boolean;
  readonly unmatchedPreflights: 'forward' | 'ignore';
}

/** What becomes of a request: exactly one of these. */
export type HttpAction =
  | { readonly kind: 'redirect'; readonly redirect: Redirect }
  | { readonly kind: 'direct-response'; readonly response: DirectResponse }
  | { readonly kind: 'route'; readonly destinations: readonly [WeightedDestination, ...WeightedDestination[]] }
  | { readonly kind: 'delegate'; readonly name: string; readonly namespace: string }
  /** A delegate's rule may leave the action to be inherited from nothing: it then answers nothing and is not emitted. */
  | { readonly kind: 'none' };

/** One rule of a VirtualService for HTTP. */
export interface HttpRoute {
  readonly name?: string;
  /** Empty: matches everything. */
  readonly matches: readonly HttpMatch[];
  readonly action: HttpAction;
  readonly rewrite?: Rewrite;
  readonly timeout: Timeout;
  /** Absent: the mesh's default policy. */
  readonly retries?: Retries;
  readonly fault?: Fault;
  readonly mirrors: readonly Mirror[];
  readonly cors?: Cors;
  readonly headers?: Headers;
}

/** What connections a rule is for. */
export interface L4Match extends SourceMatch {
  readonly destinationSubnets: readonly string[];
}

/** What TLS connections a rule is for, by the name they ask for. */
export interface TlsMatch extends L4Match {
  readonly sniHosts: readonly string[];
}

/** One of several destinations of connections, and its share. */
export interface L4Destination {
  readonly destination: Destination;
  readonly weight: number;
}

/** One rule of a VirtualService for TLS that is passed through. */
export interface TlsRoute {
  readonly matches: readonly [TlsMatch, ...TlsMatch[]];
  readonly destinations: readonly [L4Destination, ...L4Destination[]];
}

/** One rule of a VirtualService for TCP. */
export interface TcpRoute {
  readonly matches: readonly L4Match[];
  readonly destinations: readonly [L4Destination, ...L4Destination[]];
}

/** One VirtualService. Hosts and destinations are fully qualified, gateways are `mesh` or `namespace/name`. */
export interface VirtualService {
  readonly meta: Meta;
  /** Empty: a delegate, used only through others. */
  readonly hosts: readonly string[];
  readonly gateways: readonly [string, ...string[]];
  readonly visibility: Visibility;
  readonly http: readonly HttpRoute[];
  readonly tls: readonly TlsRoute[];
  readonly tcp: readonly TcpRoute[];
  /** Whose rules `resolveDelegates` merged into `http`; absent when none were. */
  readonly delegates?: readonly ObjectKey[];
  /** Which API it came from; Gateway API and Ingress match paths by segment. */
  readonly semantics: 'istio' | 'gateway' | 'ingress';
}

/** The gateway name that means "the sidecars of the mesh". */
export const MESH_GATEWAY = 'mesh';
