import { hostname } from 'node:os';
import { listLogScopes, setLogLevel } from '../../kit/log.ts';
import { isLogLevel } from '../../kit/log-levels.ts';
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
    ['/envj/', json(listEnvironment)],
    ['/memj/', json(() => process.memoryUsage())],
    ['/procj/', json(() => ({ pid: process.pid, ppid: process.ppid, wd: process.cwd(), hostname: hostname() }))],
    ['/homej', home],
  ]);
}

function listEnvironment(): readonly unknown[] {
  return Object.entries(process.env)
    .filter(isHarmless)
    .map(([name, value]) => ({ name, value }));
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

/** Tokens and keys come by environment too. */
function isHarmless([name]: readonly [string, string | undefined]): boolean {
  return !/TOKEN|SECRET|PASSWORD|KEY/i.test(name);
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
