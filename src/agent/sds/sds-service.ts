import { decodeMessage, encodeMessage } from '../../gen/codec.ts';
import { createLog } from '../../kit/log.ts';
import { crypto } from '../builtin.ts';
import type { Handler, ServerCall } from '../grpc/server.ts';
import { type GrpcStatus, STATUS } from '../grpc/status.ts';
import type { Secret, SecretBoard } from './secret-board.ts';

const log = createLog('sds');

const SECRET_TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';
const SERVICE = '/envoy.service.secret.v3.SecretDiscoveryService';

/**
 * Secrets for the Envoy of this pod, as pilot-agent serves them: one stream for each name that Envoy uses, answered when the secret is there, and
 * again whenever it changes. Only the state-of-the-world method; the others say that they are not there.
 * @see istio security/pkg/nodeagent/sds/sdsservice.go
 */
export function createSdsHandlers(board: SecretBoard): Readonly<Record<string, Handler>> {
  const missing = async (): Promise<GrpcStatus> => ({
    code: STATUS.unimplemented,
    message: 'only StreamSecrets is served',
  });
  return {
    [`${SERVICE}/StreamSecrets`]: (call) => streamSecrets(board, call),
    [`${SERVICE}/DeltaSecrets`]: missing,
    [`${SERVICE}/FetchSecrets`]: missing,
  };
}

async function streamSecrets(board: SecretBoard, { stream, signal }: ServerCall): Promise<GrpcStatus> {
  const followed = new Map<string, () => void>();
  const sent = new Sending(async (names) => stream.send(toResponse(names.flatMap((name) => board.find(name) ?? []))));
  try {
    for await (const bytes of stream.messages()) {
      const request = decodeMessage('envoy.service.discovery.v3.DiscoveryRequest', bytes);
      const { error_detail: error, resource_names: names = [] } = request;
      if (error !== undefined) {
        const reason = error.message ?? '';
        log.warn({ event: 'sds.nack', secrets: names, reason }, `Envoy refused ${names.join(', ')}: ${reason}`);
      }
      for (const [name, stop] of followed) {
        if (names.includes(name)) continue;
        stop();
        followed.delete(name);
      }
      for (const name of names)
        if (!followed.has(name))
          followed.set(
            name,
            board.follow(name, (secret: Secret) => sent.add(secret.name)),
          );
    }
    return { code: STATUS.ok, message: '' };
  } catch (err) {
    if (signal.aborted) return { code: STATUS.cancelled, message: 'Envoy is gone' };
    throw err;
  } finally {
    for (const stop of followed.values()) stop();
  }
}

let responses = 0;

/** @see istio security/pkg/nodeagent/sds/sdsservice.go, for the form of versions and nonces */
function toResponse(secrets: readonly Secret[]): Buffer {
  responses++;
  return encodeMessage('envoy.service.discovery.v3.DiscoveryResponse', {
    version_info: `${new Date().toISOString().replace(/\.\d+Z$/, 'Z')}/${responses}`,
    type_url: SECRET_TYPE,
    nonce: crypto.randomUUID(),
    resources: secrets.map(({ bytes }) => ({ type_url: SECRET_TYPE, value: bytes })),
  });
}

/** One response at a time: names that come up while one is being written go into the next. */
class Sending {
  readonly #send: (names: readonly string[]) => Promise<void>;
  readonly #waiting = new Set<string>();
  #isBusy = false;

  constructor(send: (names: readonly string[]) => Promise<void>) {
    this.#send = send;
  }

  add(name: string): void {
    this.#waiting.add(name);
    if (!this.#isBusy) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#isBusy = true;
    // Names that are asked for together are answered together.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const names = [...this.#waiting];
      this.#waiting.clear();
      await this.#send(names);
    }
    this.#isBusy = false;
  }
}
