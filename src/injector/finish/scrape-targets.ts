/** One place where an application has metrics. */
export interface ScrapeTarget {
  readonly port: string;
  readonly path: string;
}

/**
 * Reads `port[:path],…`. A list in which a port is missing counts as none, as Istio's agent would not scrape it either.
 * @see istio pilot/cmd/pilot-agent/status/server.go `ParseScrapeTargets`
 */
export function parseScrapeTargets(text: string): readonly ScrapeTarget[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const targets = entries.map((entry) => {
    const [port = '', path = ''] = entry.split(/:(.*)/s).map((part) => part.trim());
    return { port, path: path || '/metrics' };
  });
  return targets.some(({ port }) => port === '') ? [] : targets;
}
