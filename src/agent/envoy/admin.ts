import { http } from '../builtin.ts';
import { agentCallFault } from '../grpc/status.ts';

const TIMEOUT_MS = 5000;
/** What Envoy prints of itself is never longer, in a pod. */
const LIMIT = 64 << 20;

/** Envoy's administration interface, on this pod's loopback. */
export class EnvoyAdmin {
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** @throws Fault AGENT_CALL_FAILED when Envoy does not answer with 200 */
  get(path: string): Promise<string> {
    return this.#request('GET', path);
  }

  /** @throws Fault AGENT_CALL_FAILED when Envoy does not answer with 200 */
  post(path: string): Promise<string> {
    return this.#request('POST', path);
  }

  #request(method: 'GET' | 'POST', path: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const fail = (reason: string) => reject(agentCallFault('AGENT_CALL_FAILED', `Envoy's ${path}: ${reason}`));
    const request = http.request(
      { host: '127.0.0.1', port: this.#port, method, path, timeout: TIMEOUT_MS, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > LIMIT) request.destroy(new Error(`more than ${LIMIT} bytes`));
          chunks.push(chunk);
        });
        response.on('end', () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString());
          else fail(`status ${response.statusCode}`);
        });
      },
    );
    request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    request.on('error', (err) => fail(err.message));
    request.end();
    return promise;
  }
}
