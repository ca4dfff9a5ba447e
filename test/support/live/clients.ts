import { connect } from 'node:net';
import { connect as connectTls, type PeerCertificate } from 'node:tls';

/** What a server on loopback says on a connection, until it hangs up. */
export function readAll(port: number, timeoutMs = 5_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: timeoutMs });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('timeout', () => socket.destroy(new Error(`nothing came in ${timeoutMs} ms`)));
    socket.on('error', reject);
    socket.on('close', (failed) => {
      if (!failed) resolve(Buffer.concat(chunks).toString());
    });
  });
}

export interface TlsQuestion {
  readonly port: number;
  readonly sni: string;
  readonly path?: string;
  /** The client's own, PEM. */
  readonly cert?: string;
  readonly key?: string;
}

/** An HTTP answer that came over TLS, and the certificate it came with. */
export interface TlsAnswer {
  readonly status: number;
  readonly body: string;
  readonly peer: PeerCertificate;
}

/** One request over TLS to loopback, whoever the server is. @throws Error when no complete answer came. */
export function askTls({ port, sni, path = '/', cert, key }: TlsQuestion): Promise<TlsAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host: '127.0.0.1',
      port,
      servername: sni,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    });
    const chunks: Buffer[] = [];
    let peer: PeerCertificate | undefined;
    socket.setTimeout(5_000, () => socket.destroy(new Error('nothing came in 5,000 ms')));
    socket.on('secureConnect', () => {
      peer = socket.getPeerCertificate();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${sni}\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
      if (peer === undefined || Number.isNaN(status)) reject(new Error('the connection ended without an answer'));
      else resolve({ status, body, peer });
    });
  });
}
