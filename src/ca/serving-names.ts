/** What a control plane is called. */
export interface ServingIdentity {
  readonly namespace: string;
  /** `default` and empty are the same. */
  readonly revision: string;
  /** Names that somebody gave it besides: `ISTIOD_CUSTOM_HOST`, the host of `discoveryAddress`. */
  readonly customHosts?: readonly string[];
}

/**
 * The names that proxies call a control plane by, sorted.
 * @see istio pilot/pkg/bootstrap/server.go `getDNSNames`
 */
export function listServingNames({ namespace, revision, customHosts = [] }: ServingIdentity): readonly string[] {
  const names = [
    ...customHosts.filter((host) => host !== ''),
    ...['istiod', 'istiod-remote', 'istio-pilot'].map((service) => `${service}.${namespace}.svc`),
    ...(revision === '' || revision === 'default' ? [] : [`istiod-${revision}.${namespace}.svc`]),
  ];
  return [...new Set(names)].sort();
}
