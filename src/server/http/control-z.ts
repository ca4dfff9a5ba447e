import { hostname } from 'node:os';
import { listLogScopes, setLogLevel } from '../../kit/log.ts';
import { isLogLevel } from '../../kit/log-levels.ts';
import { discoveryFlags } from '../discovery-flags.ts';
import { featureSwitches } from '../features.ts';
import type { Handler, Reply, Request, Routes } from './router.ts';

/**
 * ControlZ, as `istioctl admin log` uses it: log scopes and their levels, and a few facts about the process.
 * @see istio pkg/ctrlz
 */
export function controlZRoutes(version: string): Routes {
  const json = (read: () => unknown) => (): Reply => ({ kind: 'json', value: read() });
  return new Map<string, Handler>([
    ['/scopej/', scopes],
    ['/versionj/', json(() => ({ version, status: 'Clean' }))],
    ['/envj/', json(() => listEnvironment())],
    ['/memj/', json(() => process.memoryUsage())],
    ['/procj/', json(() => ({ pid: process.pid, ppid: process.ppid, wd: process.cwd(), hostname: hostname() }))],
    ['/homej', home],
  ]);
}

/** Every variable's name. Tokens and keys come by environment too, so only those values are shown that are known to be neither. */
export function listEnvironment(env: NodeJS.ProcessEnv = process.env): readonly unknown[] {
  return Object.entries(env).map(([name, value]) => (isHarmless(name) ? { name, value } : { name }));
}

function home(): Reply {
  const { heapUsed } = process.memoryUsage();
  return {
    kind: 'json',
    value: {
      ProcessName: 'pilothouse',
      HeapSize: heapUsed,
      CurrentTime: new Date().toISOString(),
      Hostname: hostname(),
    },
  };
}

/** What tells how the process was started: who and where it is, and the switches that it knows. */
const HARMLESS = new Set([
  ...Object.keys(featureSwitches),
  ...Object.values(discoveryFlags).flatMap(({ env }) => (env === undefined ? [] : [env])),
  'ENABLE_DEBUG_ON_HTTP',
  'HOME',
  'HOSTNAME',
  'LANG',
  'NODE_ENV',
  'PATH',
  'POD_NAME',
  'PWD',
  'SERVICE_ACCOUNT',
  'TZ',
  'USER',
]);

function isHarmless(name: string): boolean {
  return HARMLESS.has(name);
}

async function scopes(request: Request): Promise<Reply> {
  const name = request.path.replace(/^\/scopej\/?/, '');
  const all = listLogScopes().map(({ scope, level }) => ({
    name: scope,
    output_level: level,
    stack_trace_level: 'none',
    log_callers: false,
  }));
  if (name === '') return { kind: 'json', value: all };
  const scope = all.find((s) => s.name === name);
  if (scope === undefined) return { kind: 'text', status: 400, body: `unknown scope name: ${name}\n` };
  return request.method === 'PUT' ? setScope(name, await request.body()) : { kind: 'json', value: scope };
}

function setScope(name: string, body: string): Reply {
  const level = readLevel(body);
  if (!isLogLevel(level))
    return { kind: 'text', status: 400, body: 'output_level must be none, fatal, error, warn, info or debug\n' };
  setLogLevel(name, level);
  return { kind: 'text', status: 202, body: '' };
}

function readLevel(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && 'output_level' in value) return String(value.output_level);
  } catch {
    // Not JSON: the answer says what is expected.
  }
  return '';
}
