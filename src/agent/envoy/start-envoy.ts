import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import path from 'node:path';
import { createLog } from '../../kit/log.ts';
import { compileBootstrap } from '../bootstrap.ts';
import { crypto } from '../builtin.ts';
import { toBootstrapOptions } from '../bootstrap-options.ts';
import type { AgentSettings } from '../settings/agent-settings.ts';
import { toEnvoyArguments } from './command-line.ts';
import { EnvoyProcess, type RunningEnvoy } from './envoy-process.ts';
import { AdoptedEnvoy, findRecorded, writeRecord } from './envoy-record.ts';

const log = createLog('envoy');

/**
 * Writes the bootstrap and starts Envoy with it; or, when an earlier agent has left one running that was started with the very same, takes that
 * one up: its connections must not end because this process did.
 * @throws Fault when Envoy cannot be started
 */
export async function startEnvoy(settings: AgentSettings): Promise<RunningEnvoy> {
  const { envoy, files, proxyConfig, proxy } = settings;
  const bootstrap = JSON.stringify(compileBootstrap(toBootstrapOptions(settings)), null, 2);
  const override = envoy.overrideFile === undefined ? undefined : await readFile(envoy.overrideFile, 'utf8');
  const start = {
    binary: proxyConfig.binaryPath,
    bootstrapFile: files.bootstrap,
    drainMs: proxyConfig.drainMs,
    isIpv6: isIPv6(proxy.ips[0]),
    logLevel: envoy.logLevel,
    componentLogLevel: envoy.componentLogLevel,
    concurrency: envoy.concurrency,
    override,
  };
  const command = crypto
    .createHash('sha256')
    .update(JSON.stringify([start.binary, ...toEnvoyArguments(start), bootstrap]))
    .digest('hex');
  await mkdir(path.dirname(files.bootstrap), { recursive: true });
  const recordFile = path.join(path.dirname(files.bootstrap), 'envoy.pid');
  const left = await findLeft(recordFile, command);
  if (left !== undefined) return left;
  await writeFile(files.bootstrap, bootstrap);
  const started = await EnvoyProcess.start(start);
  if (started.pid !== undefined) await writeRecord(recordFile, started.pid, command);
  return started;
}

async function findLeft(recordFile: string, command: string): Promise<RunningEnvoy | undefined> {
  const record = await findRecorded(recordFile);
  if (record === undefined) return undefined;
  const adopted = new AdoptedEnvoy(record);
  if (record.command === command) {
    log.info({ event: 'envoy.adopted', pid: record.pid }, `Envoy still runs as process ${record.pid}: taken up`);
    return adopted;
  }
  // Two Envoys cannot have the same ports.
  log.warn(
    { event: 'envoy.replaced', pid: record.pid },
    `process ${record.pid} is an Envoy with another bootstrap: ended`,
  );
  adopted.kill();
  await adopted.exit;
  return undefined;
}
