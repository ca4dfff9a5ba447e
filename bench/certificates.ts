/**
 * How many certificates the authority signs: `npm run bench:certificates`.
 *
 * Each CSR is read and verified, and answered with a leaf in its chain; tokens and the network are outside the count. What counts is CPU time
 * over all threads, for a control plane has other work: "a second per core" is what one core would sign that did nothing else.
 */
import { cpus } from 'node:os';
import { CertificateAuthority } from '../src/ca/authority.ts';
import { createRoot, type KeyChoice } from '../src/ca/root-certificate.ts';
import { createTestCsr, createTestKey } from '../src/ca/testing.ts';
import { configureLogs } from '../src/kit/log.ts';

interface Case {
  readonly name: string;
  readonly root: KeyChoice;
  readonly workload: number | 'P-256' | 'P-384';
}

const CASES: readonly Case[] = [
  { name: 'RSA-2048 root, RSA-2048 CSR', root: { type: 'rsa', bits: 2048 }, workload: 2048 },
  { name: 'RSA-2048 root, P-256 CSR', root: { type: 'rsa', bits: 2048 }, workload: 'P-256' },
  { name: 'P-256 root, RSA-2048 CSR', root: { type: 'ec', curve: 'P-256' }, workload: 2048 },
  { name: 'P-256 root, P-256 CSR', root: { type: 'ec', curve: 'P-256' }, workload: 'P-256' },
];
const COUNT = 3000;
const AT_ONCE = 64;
const IDENTITIES = ['spiffe://cluster.local/ns/shop/sa/reviews'];

configureLogs({ levels: new Map([['default', 'none']]) });
process.stdout.write(`${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}\n`);
for (const { name, root, workload } of CASES) {
  const authority = new CertificateAuthority();
  authority.adopt(await createRoot({ trustDomain: 'cluster.local', key: root, ttlMs: 1e11, nowMs: Date.now() }));
  const csrs = Array.from({ length: 8 }, () => createTestCsr({ key: createTestKey(workload) }));
  await signMany(authority, csrs, 300);
  const startMs = performance.now();
  const before = process.cpuUsage();
  await signMany(authority, csrs, COUNT);
  const { user, system } = process.cpuUsage(before);
  const wallMs = performance.now() - startMs;
  const cpuUs = (user + system) / COUNT;
  const perCore = Math.round(1e6 / cpuUs);
  const perSecond = Math.round((COUNT / wallMs) * 1000);
  process.stdout.write(
    `${name.padEnd(28)} ${perCore} a second per core (${cpuUs.toFixed(0)} µs CPU each), ${perSecond} a second\n`,
  );
  authority.close();
}

async function signMany(authority: CertificateAuthority, csrs: readonly string[], count: number): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await authority.signCsr(csrs[next++ % csrs.length] ?? '', IDENTITIES, 0);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
