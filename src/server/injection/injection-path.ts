/** What the path of a webhook says of the pods that it is asked about. */
export interface InjectionPath {
  /** Variables of the proxy's environment that are to have these values, whatever a template says. */
  readonly environment: Readonly<Record<string, string>>;
  /** What was passed over. */
  readonly warnings: readonly string[];
}

const KNOWN_KEYS: Readonly<Record<string, string>> = { cluster: 'ISTIO_META_CLUSTER_ID', net: 'ISTIO_META_NETWORK' };

/**
 * Reads the path below `/inject`: keys and values in turn, `/inject/cluster/east/net/n1`. A key that is not known is the name of a variable, in
 * lower case. An older form, `/inject/:ENV:net=n1:ENV:cluster=east`, is understood too.
 * @see istio pkg/kube/inject/webhook.go `parseInjectEnvs`
 */
export function parseInjectionPath(path: string): InjectionPath {
  const rest = path.replace(/^\/inject\/?/, '').replace(/\/$/, '');
  if (rest === '') return { environment: {}, warnings: [] };
  const parts = rest.startsWith(':ENV:') ? listOldParts(rest) : rest.split('/');
  const environment: Record<string, string> = {};
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const key = decode(parts[i] ?? '');
    const variable = Object.hasOwn(KNOWN_KEYS, key) ? KNOWN_KEYS[key] : key.toUpperCase();
    if (variable) environment[variable] = decode(parts[i + 1] ?? '').replaceAll('--slash--', '/');
  }
  const stray = parts.length % 2 === 1 ? parts.at(-1) : undefined;
  return {
    environment,
    warnings: stray === undefined ? [] : [`"${decode(stray)}" at the end of the webhook's path has no value`],
  };
}

/** Pairs without `=` say nothing. */
function listOldParts(rest: string): readonly string[] {
  return rest
    .split(':ENV:')
    .slice(1)
    .flatMap((pair) => {
      const at = pair.indexOf('=');
      return at < 1 ? [] : [pair.slice(0, at), pair.slice(at + 1)];
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
