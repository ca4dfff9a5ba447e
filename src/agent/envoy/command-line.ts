/** How Envoy is started. */
export interface EnvoyStart {
  readonly binary: string;
  readonly bootstrapFile: string;
  readonly drainMs: number;
  /** Whether the pod's first address is an IPv6 one. */
  readonly isIpv6: boolean;
  readonly logLevel: string;
  readonly componentLogLevel: string;
  /** Worker threads; absent is one for each core. */
  readonly concurrency: number | undefined;
  /** YAML that Envoy merges over its bootstrap. */
  readonly override: string | undefined;
}

/** The arguments that Istio's agent gives to Envoy. @see istio pkg/envoy/proxy.go `args` */
export function toEnvoyArguments(start: EnvoyStart): readonly string[] {
  return [
    '-c',
    start.bootstrapFile,
    '--drain-time-s',
    String(Math.round(start.drainMs / 1000)),
    '--drain-strategy',
    'immediate',
    '--local-address-ip-version',
    start.isIpv6 ? 'v6' : 'v4',
    '--file-flush-interval-msec',
    '1000',
    // There is one Envoy to a pod, and never a second epoch of it.
    '--disable-hot-restart',
    '--allow-unknown-static-fields',
    '-l',
    start.logLevel,
    ...(start.componentLogLevel === '' ? [] : ['--component-log-level', start.componentLogLevel]),
    ...(start.override === undefined ? [] : ['--config-yaml', start.override]),
    ...(start.concurrency === undefined ? [] : ['--concurrency', String(start.concurrency)]),
  ];
}
