/** A server of the mesh's own: the control plane, or the CA. */
export interface ServerSettings {
  /** `host:port`. */
  readonly address: string;
  /** Absent on the plaintext port. */
  readonly tls: TlsSettings | undefined;
  /** Headers beside the agent's own. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Whom to trust, and under which name. */
export interface TlsSettings {
  readonly serverName: string;
  /** The first of these files that is there; `system` for the roots that this machine trusts. */
  readonly roots: readonly string[] | 'system';
}
