import { expect, it } from 'vitest';
import type { KubeServicePort } from '../../model/kubernetes.ts';
import { selectProtocol } from './protocol-selection.ts';

const port = (rest: Partial<KubeServicePort>): KubeServicePort => ({ name: '', port: 80, protocol: 'TCP', ...rest });

it.each([
  { when: 'nothing says anything', port: port({}), protocol: 'auto' },
  { when: 'the name is a protocol', port: port({ name: 'http' }), protocol: 'http' },
  { when: 'the name begins with a protocol', port: port({ name: 'http2-status' }), protocol: 'http2' },
  { when: 'the name is in capitals', port: port({ name: 'HTTPS-web' }), protocol: 'https' },
  { when: 'the name only looks like a protocol', port: port({ name: 'httpish' }), protocol: 'auto' },
  { when: 'the protocol has a dash itself', port: port({ name: 'grpc-web-front' }), protocol: 'grpc-web' },
  { when: 'the name is gRPC', port: port({ name: 'grpc-api' }), protocol: 'grpc' },
  { when: 'appProtocol contradicts the name', port: port({ name: 'http', appProtocol: 'tcp' }), protocol: 'tcp' },
  { when: 'appProtocol is empty', port: port({ name: 'http', appProtocol: '' }), protocol: 'auto' },
  { when: 'appProtocol is h2c', port: port({ name: 'x', appProtocol: 'kubernetes.io/h2c' }), protocol: 'http2' },
  { when: 'appProtocol is ws', port: port({ appProtocol: 'kubernetes.io/ws' }), protocol: 'http' },
  { when: 'appProtocol is wss', port: port({ appProtocol: 'kubernetes.io/wss' }), protocol: 'https' },
  { when: 'the transport is UDP, whatever the name', port: port({ name: 'http', protocol: 'UDP' }), protocol: 'udp' },
  { when: 'servers speak first on the port', port: port({ name: 'mysqlish', port: 3306 }), protocol: 'tcp' },
  { when: 'appProtocol is unknown on such a port', port: port({ port: 3306, appProtocol: 'x' }), protocol: 'auto' },
])('takes $protocol when $when', ({ port, protocol }) => {
  expect(selectProtocol(port)).toBe(protocol);
});
