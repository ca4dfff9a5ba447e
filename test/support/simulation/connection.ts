/** A connection as it reaches a proxy. */
export interface Connection {
  /** Where the client wanted to go: for captured traffic the original destination. */
  readonly address: string;
  readonly port: number;
  /** Absent: plaintext. */
  readonly tls?: {
    readonly sni: string;
    /** What the client offers. */
    readonly alpn: readonly string[];
  };
  /** What an inspector recognises in the first bytes: `http/1.1`, `h2c`; absent for anything else. */
  readonly plaintext?: 'http/1.0' | 'http/1.1' | 'h2c';
}
