import { ask } from './http.ts';

/** Questions to the admin interface of a running Envoy. All reject when it does not answer, or not with 200. */
export interface EnvoyAdmin {
  /** Whether it has its first listeners and clusters and serves traffic. False also while it does not answer. */
  isLive(): Promise<boolean>;
  /** Names of the listeners that accept connections, sorted. */
  listenerNames(): Promise<string[]>;
  /** Counters and gauges whose name matches an expression (RE2, anywhere in the name). */
  stats(pattern: string): Promise<ReadonlyMap<string, number>>;
  /** One counter or gauge by its exact name; 0 when it does not exist, because Envoy makes many at first use. */
  stat(name: string): Promise<number>;
  /** The configuration it runs: the JSON form of `envoy.admin.v3.ConfigDump`, with endpoints. */
  configDump(): Promise<unknown>;
  get(path: string): Promise<string>;
  post(path: string): Promise<string>;
}

/** Talks to the admin interface at `host:port`. */
export function createEnvoyAdmin(address: string): EnvoyAdmin {
  const send = async (method: string, path: string) => {
    const { status, body } = await ask(`http://${address}${path}`, { method, timeoutMs: 5_000 });
    if (status !== 200) throw new Error(`${address}${path} answered ${status}: ${body.trim()}`);
    return body;
  };
  const get = (path: string) => send('GET', path);
  const stats = async (pattern: string) => parseStats(await get(`/stats?filter=${encodeURIComponent(pattern)}`));
  return {
    get,
    post: (path) => send('POST', path),
    isLive: () =>
      get('/ready')
        .then((body) => body.trim() === 'LIVE')
        .catch(() => false),
    stats,
    stat: async (name) => (await stats(`^${escapePattern(name)}$`)).get(name) ?? 0,
    // Each line is name::address.
    listenerNames: async () => {
      const lines = (await get('/listeners')).split('\n').filter((line) => line !== '');
      return lines.map((line) => line.slice(0, line.indexOf('::'))).sort();
    },
    configDump: async () => JSON.parse(await get('/config_dump?include_eds')),
  };
}

/** Reads `name: value` lines; histograms and texts have no single number and are left out. */
function parseStats(body: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of body.split('\n')) {
    const at = line.lastIndexOf(': ');
    const text = line.slice(at + 2);
    if (at > 0 && /^\d+$/.test(text)) values.set(line.slice(0, at), Number(text));
  }
  return values;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
