import { createPublicKey } from 'node:crypto';
import forge from 'node-forge';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../kit/fake-clock.ts';
import { type Identity, mergeRoots } from './certificate.ts';
import { createCsr } from './csr.ts';
import { keepRenewed, RenewalTrigger, toRenewalMs } from './renewal.ts';
import { createWorkloadKey } from './workload-key.ts';

const ID = 'spiffe://cluster.local/ns/default/sa/reviews';

describe('a request for a certificate', () => {
  it('asks for one URI, with an empty organization and no common name, signed by its own key', async () => {
    const key = await createWorkloadKey({ type: 'rsa', bits: 2048 });
    const csr = forge.pki.certificationRequestFromPem(createCsr(key.privateKey, key.publicKey, ID));
    expect(csr.verify()).toBe(true);
    expect(csr.subject.attributes.map(({ shortName, value }) => [shortName, value])).toEqual([['O', '']]);
    const [names] = csr.getAttribute({ name: 'extensionRequest' })?.extensions ?? [];
    expect(names).toMatchObject({ name: 'subjectAltName', critical: true });
    expect(names.altNames).toMatchObject([{ type: 6, value: ID }]);
  });

  it.each(['P-256', 'P-384'] as const)('can be of an elliptic key: %s', async (curve) => {
    const key = await createWorkloadKey({ type: 'ec', curve });
    const der = Buffer.from(createCsr(key.privateKey, key.publicKey, ID).replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const tree = forge.asn1.fromDer(der.toString('latin1'));
    expect(Array.isArray(tree.value) && tree.value.length).toBe(3);
    expect(der.includes(key.publicKey.export({ type: 'spki', format: 'der' }))).toBe(true);
    expect(createPublicKey(key.toPem(true)).export({ type: 'spki', format: 'pem' })).toBe(
      key.publicKey.export({ type: 'spki', format: 'pem' }),
    );
  });
});

describe('a certificate', () => {
  const HOUR = 3_600_000;
  const identity = (issuedAtMs: number): Identity => ({
    chainPem: 'chain',
    keyPem: 'key',
    rootsPem: 'roots',
    spiffeId: ID,
    issuedAtMs,
    notAfterMs: issuedAtMs + 24 * HOUR,
  });
  const settings = { graceRatio: 0.5, graceJitter: 0.01 };

  it.each([
    [0, 12.24],
    [0.5, 12],
    [1, 11.76],
  ])('is renewed at half its life, give or take a hundredth (%d)', (random, hours) => {
    expect(toRenewalMs(identity(0), settings, () => random) / HOUR).toBeCloseTo(hours, 5);
  });

  const start = (answers: (() => Identity)[]) => {
    const clock = new FakeClock();
    const issued: number[] = [];
    const ended = new AbortController();
    const renewNow = new RenewalTrigger();
    const run = keepRenewed(
      {
        ...settings,
        clock,
        random: () => 0.5,
        issue: async () => (answers.length > 1 ? answers.shift() : answers[0])?.() ?? identity(clock.now()),
        onIssued: () => issued.push(clock.now()),
      },
      ended.signal,
      renewNow,
    );
    return { clock, issued, ended, renewNow, run };
  };

  it('is asked for again and again while the CA does not answer, and then renewed in time', async () => {
    const fail = () => {
      throw new Error('no connection');
    };
    const { clock, issued, ended, run } = start([fail, fail, fail]);
    await clock.advance(60_000);
    expect(issued).toEqual([]);
    ended.abort();
    await run;
    const later = start([fail, fail, () => identity(later.clock.now())]);
    const begin = later.clock.now();
    await later.clock.advance(25 * HOUR);
    expect(later.issued.map((ms) => Math.round((ms - begin) / HOUR))).toEqual([0, 12, 24]);
    later.ended.abort();
    await later.run;
  });

  it('is renewed at once when somebody asks', async () => {
    const { clock, issued, ended, renewNow, run } = start([]);
    await clock.advance(1000);
    renewNow.fire();
    await clock.advance(1000);
    expect(issued.length).toBe(2);
    ended.abort();
    await run;
  });
});

describe('roots of several bundles', () => {
  const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;

  it('are one text, each root once, whatever the order', () => {
    const merged = mergeRoots(pem('BB') + pem('AA'), undefined, pem('AA'));
    expect(merged).toBe(pem('AA') + pem('BB'));
    expect(mergeRoots(pem('AA'), pem('BB'))).toBe(merged);
  });
});
