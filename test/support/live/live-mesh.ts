import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, tcpAddress } from '../../../src/agent/address.ts';
import { compileBootstrap } from '../../../src/agent/bootstrap.ts';
import type { ProxyIdentity } from '../../../src/agent/node.ts';
import { type Envoy, type EnvoyProgram, startEnvoy } from '../envoy.ts';
import { LogBook } from '../feature/log-book.ts';
import { ScenarioMesh } from '../feature/scenario-mesh.ts';
import type { Island } from './island.ts';
import { relay } from './relay.ts';

/** How an Envoy and its surroundings reach each other. */
interface Surroundings {
  readonly adminPort: number;
  readonly discovery: Address;
}

/** A control plane in this process, and real Envoys that it serves. */
export class LiveMesh {
  readonly mesh: ScenarioMesh;
  readonly log: LogBook;
  readonly envoys = new Map<string, Envoy>();
  readonly #program: EnvoyProgram;
  readonly #dir: string;
  readonly #relays: Server[] = [];

  private constructor(program: EnvoyProgram, mesh: ScenarioMesh, log: LogBook, dir: string) {
    this.#program = program;
    this.mesh = mesh;
    this.log = log;
    this.#dir = dir;
  }

  static async start(program: EnvoyProgram): Promise<LiveMesh> {
    const log = new LogBook();
    log.open();
    const dir = await mkdtemp(join(tmpdir(), 'pilothouse-live-'));
    return new LiveMesh(program, await ScenarioMesh.start('delta', log), log, dir);
  }

  /** Starts an Envoy and waits until it is live; its name is that of its identity. */
  startEnvoy(proxy: ProxyIdentity, adminPort: number): Promise<Envoy> {
    return this.#start(this.#program, proxy, { adminPort, discovery: tcpAddress('127.0.0.1', this.mesh.xdsPort) });
  }

  /** The same on an island; the admin interface is reached by the same port from here. */
  async startEnvoyOn(island: Island, proxy: ProxyIdentity, adminPort: number): Promise<Envoy> {
    const discovery = { kind: 'pipe', path: join(this.#dir, `${proxy.name}-xds.sock`) } as const;
    const admin = join(this.#dir, `${proxy.name}-admin.sock`);
    await island.open(adminPort, admin);
    this.#relays.push(
      await relay({ path: discovery.path }, { host: '127.0.0.1', port: this.mesh.xdsPort }),
      await relay({ host: '127.0.0.1', port: adminPort }, { path: admin }),
    );
    const [program, ...rest] = [...island.entrance, ...this.#program.command];
    return this.#start({ command: [program ?? '', ...rest] }, proxy, { adminPort, discovery });
  }

  async #start(program: EnvoyProgram, proxy: ProxyIdentity, { adminPort, discovery }: Surroundings): Promise<Envoy> {
    const admin = tcpAddress('127.0.0.1', adminPort);
    const bootstrap = compileBootstrap({ proxy, discovery, admin, stats: 'all' });
    const adminAddress = `127.0.0.1:${adminPort}`;
    const envoy = await startEnvoy(program, { name: proxy.name, bootstrap, adminAddress, dir: this.#dir });
    this.envoys.set(proxy.name, envoy);
    await envoy.ready();
    return envoy;
  }

  /** Updates that Envoys refused, by `envoy/statistic`; empty when there are none. */
  async listRejections(): Promise<Readonly<Record<string, number>>> {
    const all = [...this.envoys].map(async ([name, { admin }]) => {
      const stats = await admin.stats('update_rejected$');
      return [...stats].filter(([, count]) => count > 0).map(([stat, count]) => [`${name}/${stat}`, count] as const);
    });
    return Object.fromEntries((await Promise.all(all)).flat());
  }

  async stop(): Promise<void> {
    await Promise.all([...this.envoys.values()].map(({ process }) => process.stop()));
    for (const server of this.#relays) server.close();
    await this.mesh.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }
}
