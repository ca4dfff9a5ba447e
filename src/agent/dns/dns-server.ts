import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { createLog } from '../../kit/log.ts';
import { frame, readFramed } from './tcp-frame.ts';
import type { Transport } from './upstream.ts';

const log = createLog('dns');

/** Answers one message; nothing when it deserves none. */
export type DnsHandler = (message: Buffer, transport: Transport) => Promise<Buffer | undefined>;

/** A connection over which nothing is asked. Milliseconds. */
const IDLE_MS = 8000;
const MOST_CONNECTIONS = 256;

/** Listens for DNS on one address, over UDP and TCP on the same port. */
export class DnsServer {
  readonly #handler: DnsHandler;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();

  constructor(host: string, handler: DnsHandler) {
    this.#handler = handler;
    this.#udp = isIPv6(host) ? createSocket({ type: 'udp6', ipv6Only: true }) : createSocket('udp4');
    this.#udp.on('message', (message, { address, port }) => {
      void this.#answer(message, 'udp').then((answer) => {
        if (answer !== undefined) this.#udp.send(answer, port, address, ignoreGone);
      });
    });
    this.#tcp = createServer((socket) => void this.#converse(socket));
    this.#tcp.maxConnections = MOST_CONNECTIONS;
  }

  /** @returns the port. @throws the operating system's error when the address cannot be listened on */
  async listen(host: string, port: number): Promise<number> {
    const bound = once(this.#tcp, 'listening');
    this.#tcp.listen({ host, port, ipv6Only: isIPv6(host) });
    await bound;
    const address = this.#tcp.address();
    const given = typeof address === 'object' && address !== null ? address.port : port;
    const udpBound = once(this.#udp, 'listening');
    this.#udp.bind(given, host);
    await udpBound;
    this.#udp.on('error', (err) => log.warn({ event: 'dns.socket', err }, 'a DNS socket failed'));
    return given;
  }

  close(): void {
    this.#udp.close();
    this.#tcp.close();
    for (const socket of this.#connections) socket.destroy();
  }

  async #converse(socket: Socket): Promise<void> {
    this.#connections.add(socket);
    socket.on('error', () => socket.destroy());
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    try {
      for await (const message of readFramed(socket)) {
        const answer = await this.#answer(message, 'tcp');
        if (answer === undefined) break;
        socket.write(frame(answer));
      }
    } catch {
      // A client that breaks off has what it wanted, or wants it no more.
    } finally {
      this.#connections.delete(socket);
      socket.end();
    }
  }

  async #answer(message: Buffer, transport: Transport): Promise<Buffer | undefined> {
    try {
      return await this.#handler(message, transport);
    } catch (err) {
      log.error({ event: 'agent.defect', err }, 'a DNS request could not be answered');
      return undefined;
    }
  }
}

/** Over UDP nobody hears of a client that is gone. */
function ignoreGone(): void {}
