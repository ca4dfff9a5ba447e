import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { aggregatedDiscoveryService, xdsChannelOptions } from '../../src/xds/server.ts';
import type { XdsProtocol } from '../../src/xds/view-source.ts';
import { CLASS_HEADER } from '../load/proxy-client.ts';
import { scanRequest } from '../wire/request.ts';
import type { ChangeKind, RecordedClass, Recording } from './recording.ts';

type Call = ServerDuplexStream<Buffer, Buffer>;

/**
 * The floor: a bare grpc-js server that answers each request for a type with the very bytes that the control plane
 * once sent. It decides nothing, remembers nothing and waits for nobody, so it costs what transport alone costs.
 */
export class ReplayServer {
  readonly #recording: Recording;
  readonly #calls = new Map<Call, RecordedClass>();
  readonly #server = new Server(xdsChannelOptions);

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#server.addService(aggregatedDiscoveryService, {
      StreamAggregatedResources: (call: Call) => this.#serve(call, 'sotw'),
      DeltaAggregatedResources: (call: Call) => this.#serve(call, 'delta'),
    });
  }

  /** Listens on `host:port` and returns the port. */
  listen(address: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
  }

  /** Sends the recorded responses of one change to every stream. */
  change(kind: ChangeKind): void {
    for (const [call, recorded] of this.#calls) for (const bytes of recorded.changes[kind]) call.write(bytes);
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #serve(call: Call, protocol: XdsProtocol): void {
    const name = String(call.metadata.get(CLASS_HEADER)[0]);
    const recorded = this.#recording.get(name);
    if (recorded === undefined) {
      call.destroy(new Error(`nothing was recorded for class "${name}"`));
      return;
    }
    this.#calls.set(call, recorded);
    call.on('data', (bytes: Buffer) => {
      const { typeUrl, isAnswer } = scanRequest(protocol, bytes);
      if (isAnswer) return;
      for (const response of recorded.connect.get(typeUrl) ?? []) call.write(response);
    });
    call.on('end', () => call.end());
    call.on('close', () => this.#calls.delete(call));
    call.on('error', () => this.#calls.delete(call));
  }
}
