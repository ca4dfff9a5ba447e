/** What a proxy does with a request. Fields that say what every route says are left out. */
export interface Answer {
  /** The one cluster that it goes to. */
  readonly cluster?: string;
  /** Shares of several clusters, in percent. */
  readonly split?: Readonly<Record<string, number>>;
  /** The path that upstream sees, when it is another one. */
  readonly path?: string;
  /** The authority that upstream sees, when it is another one. */
  readonly host?: string;
  /** Absent: no limit. */
  readonly timeoutMs?: number;
  /** Absent: Istio's default. */
  readonly retries?: RetryAnswer | 'none';
  readonly mirrors?: readonly { readonly cluster: string; readonly percent: number }[];
  readonly fault?: FaultAnswer;
  readonly cors?: CorsAnswer;
  /** What decides which endpoint is taken, in the order in which it is asked. */
  readonly hash?: readonly string[];
  readonly requestHeaders?: HeaderAnswer;
  readonly responseHeaders?: HeaderAnswer;
  readonly redirect?: RedirectAnswer;
  /** The proxy answers by itself. */
  readonly response?: ResponseAnswer;
}

export interface RedirectAnswer {
  readonly status: number;
  readonly location: string;
}

export interface ResponseAnswer {
  readonly status: number;
  readonly body?: string;
}

export interface RetryAnswer {
  readonly attempts: number;
  readonly on: string;
  readonly perTryTimeoutMs?: number;
  readonly backoffMs?: number;
  readonly statusCodes?: readonly number[];
  readonly remoteLocalities?: true;
  /** A retry may go to the host that failed. */
  readonly sameHost?: true;
}

export interface FaultAnswer {
  readonly delay?: { readonly ms: number; readonly percent: number };
  readonly abort?: { readonly httpStatus?: number; readonly grpcStatus?: number; readonly percent: number };
}

export interface CorsAnswer {
  readonly origins: readonly string[];
  readonly methods?: string;
  readonly headers?: string;
  readonly exposed?: string;
  readonly maxAge?: string;
  readonly credentials?: boolean;
  /** What becomes of preflights from elsewhere, where it is said. */
  readonly otherPreflights?: 'forwarded' | 'answered';
}

/** Changes to headers; absent kinds of change do not happen. */
export interface HeaderAnswer {
  readonly set?: Readonly<Record<string, string>>;
  readonly add?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
}

/** What a proxy does with a connection that it does not read. */
export type ConnectionAnswer =
  | { readonly cluster: string }
  | { readonly split: Readonly<Record<string, number>> }
  /** Nothing listens there, or no filter chain takes it. */
  | { readonly refused: true };

/** What a gateway shows a client before the request is read. */
export interface TlsAnswer {
  /** Names of the secrets that it serves as certificates. */
  readonly certificates: readonly string[];
  /** The secret that clients' certificates are checked with. */
  readonly clientCa?: string;
  readonly requiresClientCertificate: boolean;
}
