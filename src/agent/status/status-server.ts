import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createLog } from '../../kit/log.ts';
import { http } from '../builtin.ts';
import type { StatusSettings } from '../settings/status-settings.ts';
import { answerScrape, type MergedSources } from './merged-metrics.ts';
import type { Readiness } from './readiness.ts';

const log = createLog('status');

export interface StatusServerOptions {
  readonly settings: StatusSettings;
  readonly readiness: Readiness;
  readonly sources: MergedSources;
  /** Ends the agent and Envoy at once. */
  readonly onQuit: () => void;
  /** Begins to drain, without ending. */
  readonly onDrain: () => Promise<void>;
  /** What names of the mesh are known; absent where DNS is not answered. */
  readonly getNames?: (() => object) | undefined;
}

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/**
 * What an agent tells kubelet, Prometheus, and whoever stands in the pod.
 * @see istio pilot/cmd/pilot-agent/status/server.go
 */
export class StatusServer {
  readonly #options: StatusServerOptions;
  readonly #server: Server;
  readonly #routes: ReadonlyMap<string, Route>;
  #port = 0;
  #wasReady = false;

  constructor(options: StatusServerOptions) {
    this.#options = options;
    const { onQuit, onDrain, getNames, sources } = options;
    const metrics: Route = (request, response) => answerScrape(sources, request, response);
    this.#routes = new Map<string, Route>([
      ['/healthz/ready', (_, response) => this.#answerReady(response)],
      ['/stats/prometheus', metrics],
      ['/metrics', metrics],
      // The answer is on its way before there is nobody to give it.
      ['/quitquitquit', localPost((response) => response.end('OK', onQuit))],
      [
        '/drain',
        localPost(async (response) => {
          await onDrain();
          response.end('OK');
        }),
      ],
      ['/debug/ndsz', localOnly((_, response) => sendJson(response, getNames?.() ?? {}))],
    ]);
    this.#server = http.createServer((request, response) => void this.#answer(request, response));
    this.#server.keepAliveTimeout = 30_000;
  }

  /** Listens on every address of this pod. @returns the port. @throws the operating system's error when it cannot */
  async listen(port: number): Promise<number> {
    const listening = once(this.#server, 'listening');
    this.#server.listen({ port });
    await listening;
    const address = this.#server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : port;
    return this.#port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    try {
      if (path.startsWith('/app-health/') || path.startsWith('/app-lifecycle/'))
        await this.#answerProbe(path, request, response);
      else await (this.#routes.get(path) ?? answerUnknown)(request, response);
    } catch (err) {
      log.error({ event: 'agent.defect', path, err }, `${path} could not be answered`);
      if (!response.headersSent) response.statusCode = 500;
      response.end();
    }
  }

  async #answerReady(response: ServerResponse): Promise<void> {
    const obstacle = await this.#options.readiness.findObstacle();
    if (obstacle !== undefined) log.warn({ event: 'agent.unready' }, `Envoy proxy is NOT ready: ${obstacle}`);
    else if (!this.#wasReady) log.info({ event: 'agent.ready' }, 'Envoy proxy is ready');
    this.#wasReady = obstacle === undefined;
    response.statusCode = obstacle === undefined ? 200 : 503;
    response.end(obstacle);
  }

  async #answerProbe(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { settings } = this.#options;
    const probe = settings.probes.get(path);
    if (probe === undefined) {
      send(response, 400, `there is no probe ${path}`);
      return;
    }
    try {
      const { runProbe } = await import('./probe.ts');
      const { status, body } = await runProbe(probe, request.headers, { ...settings, statusPort: this.#port });
      send(response, status, body);
    } catch (err) {
      const reason = err instanceof Error ? err.message : String(err);
      log.warn({ event: 'agent.probe', path, reason }, `probe ${path} failed: ${reason}`);
      send(response, 500, '');
    }
  }
}

function answerUnknown(_: IncomingMessage, response: ServerResponse): void {
  send(response, 404, 'not found');
}

function send(response: ServerResponse, status: number, body: Buffer | string): void {
  response.statusCode = status;
  response.end(body);
}

function sendJson(response: ServerResponse, value: object): void {
  response.setHeader('content-type', 'application/json');
  response.end(`${JSON.stringify(value, null, 2)}\n`);
}

/** Only for those who stand in the pod already. */
function localOnly(route: Route): Route {
  return (request, response) => {
    if (isLoopback(request.socket.remoteAddress ?? '')) return route(request, response);
    send(response, 403, 'only requests from localhost are allowed');
  };
}

function localPost(run: (response: ServerResponse) => unknown): Route {
  return localOnly(async (request, response) => {
    if (request.method === 'POST') await run(response);
    else send(response, 405, 'method not allowed: POST it');
  });
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}
