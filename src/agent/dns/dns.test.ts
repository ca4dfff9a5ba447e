import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Resolver } from 'node:dns/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeMessage } from '../../gen/codec.ts';
import { AgentMetrics } from '../metrics/agent-metrics.ts';
import { DnsProxy } from './dns-proxy.ts';
import { toIpBytes } from './ip-bytes.ts';
import { encodeAnswer, parseQuery } from './message.ts';
import { NameTable } from './name-table.ts';
import { parseResolverConfig } from './resolver-config.ts';
import { frame, readFramed } from './tcp-frame.ts';

const OWNER = { namespace: 'ns1', domain: 'ns1.svc.cluster.local', search: 'ns1.svc.cluster.local' };
const kubernetes = (shortname: string, namespace: string, ...ips: string[]) => ({
  ips,
  registry: 'Kubernetes',
  shortname,
  namespace,
});
const TABLE = {
  table: {
    'productpage.ns1.svc.cluster.local': kubernetes('productpage', 'ns1', '9.9.9.9'),
    'reviews.ns2.svc.cluster.local': kubernetes('reviews', 'ns2', '10.10.10.10'),
    'six.ns1.svc.cluster.local': kubernetes('six', 'ns1', '2001:db8::6'),
    'www.google.com': { ips: ['1.1.1.1', '1.1.1.2'], registry: 'External' },
    '*.wildcard': { ips: ['10.0.0.1'], registry: 'External' },
    '*.b.wildcard': { ips: ['11.11.11.11'], registry: 'External' },
    'Mixed.Example.COM': { ips: ['7.7.7.7', 'nonsense'], registry: 'External' },
    'nowhere.example.com': { ips: ['10.0.0.0/8'], registry: 'External' },
  },
};

describe('a name of the mesh', () => {
  const table = new NameTable(TABLE, OWNER);
  it.each([
    ['productpage.ns1.svc.cluster.local', ['9.9.9.9'], undefined],
    ['productpage.ns1.svc', ['9.9.9.9'], undefined],
    ['productpage.ns1', ['9.9.9.9'], undefined],
    ['productpage', ['9.9.9.9'], undefined],
    ['reviews.ns2', ['10.10.10.10'], undefined],
    ['reviews.ns2.svc', ['10.10.10.10'], undefined],
    ['reviews.ns2.ns1.svc.cluster.local', ['10.10.10.10'], 'reviews.ns2'],
    ['www.google.com', ['1.1.1.1', '1.1.1.2'], undefined],
    ['www.google.com.ns1.svc.cluster.local', ['1.1.1.1', '1.1.1.2'], 'www.google.com'],
    ['a.wildcard', ['10.0.0.1'], undefined],
    ['a.b.wildcard', ['11.11.11.11'], undefined],
    ['a.b.wildcard.ns1.svc.cluster.local', ['11.11.11.11'], 'a.b.wildcard'],
    ['mixed.example.com', ['7.7.7.7'], undefined],
  ])('%s', (name, v4, target) => {
    expect(table.find(name)).toEqual({ v4, v6: [], target });
  });

  it.each([
    'reviews',
    'productpage.ns2',
    'wildcard',
    'productpage.ns1.svc.cluster.local.ns1.svc.cluster.local',
    'nowhere.example.com',
    'unknown.example.com',
    'ns1.svc.cluster.local',
    '',
  ])('"%s" is not one', (name) => {
    expect(table.find(name)).toBe(undefined);
  });
});

describe('addresses', () => {
  it.each([
    ['10.0.0.255', '0a0000ff'],
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['2001:db8::ff00:42:8329', '20010db8000000000000ff0000428329'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['::ffff:10.1.2.3', '00000000000000000000ffff0a010203'],
    ['fe80::', `fe80${'0'.repeat(28)}`],
  ])('%s travel as bytes', (address, hex) => {
    expect(toIpBytes(address).toString('hex')).toBe(hex);
  });
});

describe("a resolver's configuration", () => {
  it('names servers in their order, and the first domain of the last list', () => {
    const text = '# c\nnameserver 10.0.0.1\nnameserver fe80::1%eth0\nnameserver nonsense\ndomain a.\nsearch B.C. d\n';
    expect(parseResolverConfig(text)).toEqual({ servers: ['10.0.0.1', 'fe80::1%eth0'], search: 'b.c' });
    expect(parseResolverConfig('')).toEqual({ servers: [], search: undefined });
  });
});

describe('a message', () => {
  const header = (...words: number[]) => Buffer.from(words.flatMap((word) => [word >> 8, word & 0xff]));
  const question = Buffer.from('\u0001A\u0000\u0000\u0001\u0000\u0001', 'latin1');
  it.each([
    ['too short', Buffer.of(1, 2), 'ignore'],
    ['an answer', Buffer.concat([header(1, 0x8100, 1, 0, 0, 0), question]), 'ignore'],
    ['no question', header(1, 0x100, 0, 0, 0, 0), 2],
    ['two questions', Buffer.concat([header(1, 0x100, 2, 0, 0, 0), question, question]), 1],
    ['a notification', Buffer.concat([header(1, 0x2000, 1, 0, 0, 0), question]), 4],
    ['a question cut short', Buffer.concat([header(1, 0x100, 1, 0, 0, 0), question.subarray(0, 5)]), 1],
    ['a name that points', Buffer.concat([header(1, 0x100, 1, 0, 0, 0), Buffer.of(0xc0, 12, 0, 1, 0, 1)]), 1],
    ['a question', Buffer.concat([header(1, 0x100, 1, 0, 0, 0), question]), 'query'],
  ])('that is %s', (_, bytes, expected) => {
    const parsed = parseQuery(bytes);
    expect(parsed.kind === 'refuse' ? parsed.rcode : parsed.kind).toBe(expected);
  });

  it('of many addresses is cut to what the client takes', () => {
    const parsed = parseQuery(Buffer.concat([header(1, 0x100, 1, 0, 0, 0), question]));
    if (parsed.kind !== 'query') throw new Error(parsed.kind);
    const addresses = Array.from({ length: 100 }, (_, at) => `10.0.0.${at}`);
    const answer = encodeAnswer(parsed.query, { rcode: 0, addresses }, parsed.query.udpLimit);
    expect(answer.length).toBeLessThanOrEqual(512);
    expect(answer.readUInt16BE(2) & 0x0200).toBe(0x0200);
    expect(answer.readUInt16BE(6)).toBe(30);
    expect(encodeAnswer(parsed.query, { rcode: 0, addresses }, 65_535).readUInt16BE(6)).toBe(100);
  });
});

describe('the DNS proxy', () => {
  const metrics = () => new AgentMetrics({ certificateEndMs: () => undefined, now: () => 0 });
  let proxy: DnsProxy;
  let counted: AgentMetrics;
  let upstreamPort: number;
  let stop: () => void;
  let resolver: Resolver;

  beforeEach(async () => {
    // A name server that knows one address for everything, and whose answers over UDP are cut short for one name.
    const socket = createSocket('udp4');
    const tcp = createServer(async (connection) => {
      for await (const message of readFramed(connection)) connection.write(frame(answerAll(message)));
    });
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const address = tcp.address();
    upstreamPort = typeof address === 'object' && address !== null ? address.port : 0;
    socket.bind(upstreamPort, '127.0.0.1');
    await once(socket, 'listening');
    socket.on('message', (message, from) => socket.send(answerAll(message), from.port, from.address));
    stop = () => {
      socket.close();
      tcp.close();
    };
    counted = metrics();
    proxy = new DnsProxy({
      settings: { address: '127.0.0.1:0', isParallel: false, timeoutMs: 300 },
      ...OWNER,
      metrics: counted,
      resolver: { servers: ['127.0.0.2', '127.0.0.1'], search: OWNER.search },
      upstreamPort,
    });
    const port = await proxy.start();
    resolver = new Resolver({ timeout: 2000, tries: 1 });
    resolver.setServers([`127.0.0.1:${port}`]);
  });
  afterEach(() => {
    proxy.close();
    stop();
  });

  const answerAll = (message: Buffer) => {
    const parsed = parseQuery(message);
    if (parsed.kind !== 'query') throw new Error('no query');
    return encodeAnswer(parsed.query, { rcode: 0, addresses: ['5.5.5.5'] }, 512);
  };
  const load = () => proxy.localType.apply([{ name: '', bytes: encodeTable() }], []);
  const encodeTable = () => encodeMessage('istio.networking.nds.v1.NameTable', TABLE);

  it('fails as long as it has no table', async () => {
    expect(proxy.isReady).toBe(false);
    await expect(resolver.resolve4('productpage')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    load();
    expect(proxy.isReady).toBe(true);
    expect(await resolver.resolve4('productpage', { ttl: true })).toEqual([{ address: '9.9.9.9', ttl: 30 }]);
  });

  it('answers names of the mesh, by their alias too, whatever the case', async () => {
    load();
    expect((await resolver.resolve4('www.google.com.ns1.svc.cluster.local')).sort()).toEqual(['1.1.1.1', '1.1.1.2']);
    expect(await resolver.resolve4('X.Wildcard')).toEqual(['10.0.0.1']);
    expect(await resolver.resolve6('six.ns1')).toEqual(['2001:db8::6']);
  });

  it('knows names without an address of the family', async () => {
    load();
    await expect(resolver.resolve4('six.ns1')).rejects.toMatchObject({ code: 'ENODATA' });
  });

  it('asks the next name server for other names when the first is silent', async () => {
    load();
    expect(await resolver.resolve4('elsewhere.example.com')).toEqual(['5.5.5.5']);
    const printed = counted.print();
    expect(printed).toContain('istio_agent_dns_upstream_requests_total 1');
    expect(printed).toContain('istio_agent_dns_upstream_request_duration_seconds_count 1');
  });

  it('fails when no name server answers', async () => {
    load();
    stop();
    stop = () => undefined;
    await expect(resolver.resolve4('elsewhere.example.com')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    expect(counted.dnsUpstreamFailures.read()).toBe(1);
  });
});
