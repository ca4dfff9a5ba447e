import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import { decodeMessage, encodeMessage } from '../../src/gen/codec.ts';

const REQUEST = 'envoy.service.ratelimit.v3.RateLimitRequest';
const RESPONSE = 'envoy.service.ratelimit.v3.RateLimitResponse';

const DEFINITION = {
  shouldRateLimit: {
    path: '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit',
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
} as const;

/** A small rate-limit service: so many requests with each set of descriptors, and no more. */
export class RateLimitService {
  /** Descriptors of each question, as `domain key=value,key=value`. */
  readonly questions: string[] = [];
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server, port: number, questions: string[]) {
    this.#server = server;
    this.port = port;
    this.questions = questions;
  }

  /** Listens on loopback, in plaintext, on a port of the system's choice. */
  static async start(limit: number): Promise<RateLimitService> {
    const server = new Server();
    const questions: string[] = [];
    const shouldRateLimit: handleUnaryCall<Buffer, Buffer> = ({ request }, answer) => {
      const question = toQuestion(request);
      questions.push(question);
      const asked = questions.filter((other) => other === question).length;
      answer(null, encodeMessage(RESPONSE, { overall_code: asked > limit ? 'OVER_LIMIT' : 'OK' }));
    };
    server.addService(DEFINITION, { shouldRateLimit });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    return new RateLimitService(server, port, questions);
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

function toQuestion(bytes: Buffer): string {
  const { domain = '', descriptors = [] } = decodeMessage(REQUEST, bytes);
  const entries = descriptors.flatMap((descriptor) => descriptor.entries ?? []);
  return `${domain} ${entries.map(({ key = '', value = '' }) => `${key}=${value}`).join()}`;
}
