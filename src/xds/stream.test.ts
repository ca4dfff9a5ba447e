import { describe, expect, it } from 'vitest';
import { proxyView, ScriptedStream } from './testing.ts';
import { ADDRESS_TYPE, CLUSTER_TYPE, ENDPOINT_TYPE } from './type-url.ts';
import type { XdsProtocol } from './view-source.ts';

const PROTOCOLS: readonly XdsProtocol[] = ['sotw', 'delta'];

describe.each(PROTOCOLS)('a %s stream', (protocol) => {
  it('answers a wildcard once, and again when something changes', () => {
    const stream = new ScriptedStream(protocol, proxyView({ cds: {} }));
    expect(stream.told()).toEqual([]);
    stream.ask('cds');
    const first = stream.next();
    expect(first).toMatchObject({ type: 'cds', resources: {} });
    if (first !== undefined) stream.ack(first);
    expect(stream.told()).toEqual([]);

    stream.show(proxyView({ cds: { a: 'a=1' } }));
    expect(stream.settle()).toEqual([{ type: 'cds', resources: { a: 'a=1' } }]);
    expect(stream.told()).toEqual([]);
    stream.show(proxyView({ cds: { a: 'a=1' } }));
    expect(stream.told()).toEqual([]);
  });

  it('answers names that were asked for, and later only those that changed', () => {
    const stream = new ScriptedStream(protocol, proxyView({ eds: { a: 'a=1', b: 'b=1', c: 'c=1' } }));
    const names = { eds: ['a', 'b'] };
    stream.ask('eds', { names: names.eds });
    expect(stream.settle(names)).toEqual([{ type: 'eds', resources: { a: 'a=1', b: 'b=1' } }]);
    stream.show(proxyView({ eds: { a: 'a=1', b: 'b=2', c: 'c=2' } }));
    expect(stream.settle(names)).toEqual([{ type: 'eds', resources: { b: 'b=2' } }]);
  });

  it('answers added names alone', () => {
    const stream = new ScriptedStream(protocol, proxyView({ eds: { a: 'a=1', b: 'b=1' } }));
    stream.ask('eds', { names: ['a'] });
    const first = stream.next();
    expect(first?.resources).toEqual({ a: 'a=1' });
    if (first === undefined) return;
    stream.ask('eds', { nonce: first.nonce, names: ['a', 'b'].slice(protocol === 'sotw' ? 0 : 1) });
    expect(stream.told()).toEqual([{ type: 'eds', resources: { b: 'b=1' } }]);
  });

  it('keeps one response in flight and lets newer state replace what waits', () => {
    const stream = new ScriptedStream(protocol, proxyView({ cds: { a: 'a=1' } }));
    stream.ask('cds');
    const first = stream.next();
    stream.show(proxyView({ cds: { a: 'a=2' } }));
    stream.show(proxyView({ cds: { a: 'a=3' } }));
    expect(stream.told()).toEqual([]);
    if (first !== undefined) stream.ack(first);
    expect(stream.told()).toEqual([{ type: 'cds', resources: { a: 'a=3' } }]);
  });

  it('does not resend what was refused until something changes', () => {
    const stream = new ScriptedStream(protocol, proxyView({ cds: { a: 'a=1', b: 'b=1' } }));
    stream.ask('cds');
    stream.settle();
    stream.show(proxyView({ cds: { a: 'a=1', b: 'b=bad', c: 'c=1' } }));
    const bad = stream.next();
    if (bad !== undefined) stream.nack(bad, 'b is bad');
    expect(stream.nacks).toMatchObject([{ typeUrl: CLUSTER_TYPE, message: 'b is bad', version: bad?.version }]);
    const names = stream.nacks[0]?.resources.map((r) => r.name);
    expect(names).toEqual(protocol === 'sotw' ? ['a', 'b', 'c'] : ['b', 'c']);
    expect(stream.nacks[0]?.suspects.map((r) => r.name)).toEqual(['b', 'c']);
    expect(stream.told()).toEqual([]);

    // A client may have dropped the good part of the refused response, so that is repeated.
    stream.show(proxyView({ cds: { a: 'a=1', b: 'b=1', c: 'c=1' } }));
    const again = protocol === 'sotw' ? { a: 'a=1', b: 'b=1', c: 'c=1' } : { b: 'b=1', c: 'c=1' };
    expect(stream.settle()).toEqual([{ type: 'cds', resources: again }]);
  });

  it('reports ACKs with the version they accept, once', () => {
    const stream = new ScriptedStream(protocol, proxyView({ cds: { a: 'a=1' } }));
    stream.ask('cds');
    const first = stream.next();
    if (first === undefined) throw new Error('no response');
    stream.ack(first);
    stream.ack(first);
    expect(stream.acks).toEqual([{ typeUrl: CLUSTER_TYPE, nonce: first.nonce, version: first.version }]);
  });

  it('pushes a round in make-before-break order', () => {
    const stream = new ScriptedStream(protocol, proxyView({ cds: {}, eds: { e: 'e=1' }, lds: {}, rds: { r: 'r=1' } }));
    const names = { eds: ['e'], rds: ['r'] };
    for (const type of ['rds', 'lds', 'eds', 'cds'] as const) {
      stream.ask(type, type === 'eds' || type === 'rds' ? { names: names[type] } : {});
    }
    stream.settle(names);
    const next = { cds: { c: 'c=2' }, eds: { e: 'e=2' }, lds: { l: 'l=2' }, rds: { r: 'r=2' } };
    stream.show(proxyView(next));
    const order = stream.settle(names).map((told) => told.type);
    expect(order).toEqual(['cds', 'eds', 'lds', 'rds']);
  });

  it('holds listeners and routes back until new clusters are accepted, and no longer than its patience', async () => {
    const before = { eds: { e: 'e=1' }, lds: { l: 'l=1' }, rds: { r: 'r=1' } };
    const stream = new ScriptedStream(protocol, proxyView({ ...before, cds: {} }));
    const names = { eds: ['e'], rds: ['r'] };
    for (const type of ['cds', 'lds'] as const) stream.ask(type);
    for (const type of ['eds', 'rds'] as const) stream.ask(type, { names: names[type] });
    stream.settle(names);

    stream.show(proxyView({ cds: { c: 'c=1' }, eds: { e: 'e=2' }, lds: { l: 'l=2' }, rds: { r: 'r=2' } }));
    expect(stream.told().map((told) => told.type)).toEqual(['cds', 'eds']);
    expect(stream.state.retryAtMs).toBe(5000);
    await stream.clock.advance(5000);
    expect(stream.told().map((told) => told.type)).toEqual(['lds', 'rds']);
  });

  it('answers what is asked for while clusters are in flight: they are accepted only once they are warm', () => {
    const stream = new ScriptedStream(
      protocol,
      proxyView({ cds: { c: 'c=1' }, eds: { c: 'ep=1' }, sds: { s: 's=1' } }),
    );
    stream.ask('cds');
    expect(stream.next()?.type).toBe('cds');
    stream.ask('eds', { names: ['c'] });
    stream.ask('sds', { names: ['s'] });
    expect(stream.told().map((told) => told.type)).toEqual(['eds', 'sds']);
  });

  it('repeats the endpoints of a cluster that changed, although they did not', () => {
    const stream = new ScriptedStream(
      protocol,
      proxyView({ cds: { c: 'c=1', d: 'd=1' }, eds: { c: 'c=ep', d: 'd=ep' } }),
    );
    const names = { eds: ['c', 'd'] };
    stream.ask('cds');
    stream.ask('eds', { names: names.eds });
    stream.settle(names);
    stream.show(proxyView({ cds: { c: 'c=2', d: 'd=1' }, eds: { c: 'c=ep', d: 'd=ep' } }));
    expect(stream.settle(names)).toEqual([
      { type: 'cds', resources: protocol === 'sotw' ? { c: 'c=2', d: 'd=1' } : { c: 'c=2' } },
      { type: 'eds', resources: { c: 'c=ep' } },
    ]);
  });

  it('repeats the endpoints of a cluster that was refused and goes out again', () => {
    const stream = new ScriptedStream(protocol, proxyView({ cds: { c: 'c=1', d: 'd=1' }, eds: { c: 'c=ep' } }));
    const names = { eds: ['c'] };
    stream.ask('cds');
    stream.ask('eds', { names: names.eds });
    stream.settle(names);
    stream.show(proxyView({ cds: { c: 'c=2', d: 'd=1' }, eds: { c: 'c=ep' } }));
    const refused = stream.next();
    if (refused !== undefined) stream.nack(refused, 'not yet');
    stream.settle(names);
    stream.show(proxyView({ cds: { c: 'c=2', d: 'd=2' }, eds: { c: 'c=ep' } }));
    expect(stream.settle(names).map(({ type }) => type)).toEqual(['cds', 'eds']);
  });

  it('takes clusters away only when listeners and routes without them are accepted', () => {
    const stream = new ScriptedStream(
      protocol,
      proxyView({ cds: { a: 'a=1', b: 'b=1' }, lds: { l: 'l=1' }, rds: { r: 'r=b' } }),
    );
    const names = { rds: ['r'] };
    stream.ask('cds');
    stream.ask('lds');
    stream.ask('rds', { names: names.rds });
    stream.settle(names);
    stream.show(proxyView({ cds: { a: 'a=1', c: 'c=1' }, lds: { l: 'l=1' }, rds: { r: 'r=c' } }));
    expect(stream.settle(names)).toEqual(
      protocol === 'sotw'
        ? [
            { type: 'cds', resources: { a: 'a=1', c: 'c=1', b: 'b=1' } },
            { type: 'rds', resources: { r: 'r=c' } },
            { type: 'cds', resources: { a: 'a=1', c: 'c=1' } },
          ]
        : [
            { type: 'cds', resources: { c: 'c=1' } },
            { type: 'rds', resources: { r: 'r=c' } },
            { type: 'cds', resources: {}, removed: ['b'] },
          ],
    );
  });

  it('keeps clusters that refused routes may still need', () => {
    const stream = new ScriptedStream(protocol, proxyView({ cds: { a: 'a=1', b: 'b=1' }, rds: { r: 'r=b' } }));
    stream.ask('cds');
    stream.ask('rds', { names: ['r'] });
    stream.settle({ rds: ['r'] });
    stream.show(proxyView({ cds: { a: 'a=1' }, rds: { r: 'r=bad' } }));
    const routes = stream.next();
    expect(routes?.type).toBe('rds');
    if (routes !== undefined) stream.nack(routes, 'bad', ['r']);
    expect(stream.told()).toEqual([]);
    stream.show(proxyView({ cds: { a: 'a=1' }, rds: { r: 'r=a' } }));
    expect(stream.settle({ rds: ['r'] })).toEqual([
      { type: 'rds', resources: { r: 'r=a' } },
      {
        type: 'cds',
        resources: protocol === 'sotw' ? { a: 'a=1' } : {},
        ...(protocol === 'delta' && { removed: ['b'] }),
      },
    ]);
  });

  it('says nothing of types that the view does not serve, and remembers that they were asked for', () => {
    const stream = new ScriptedStream(protocol, proxyView({ cds: {} }));
    stream.ask('ecds', { names: ['x'] });
    expect(stream.told()).toEqual([]);
    expect(stream.state.status()).toMatchObject([{ nonceSent: '' }]);
    stream.show(proxyView({ ecds: { x: 'x=1' } }));
    expect(stream.told()).toEqual([{ type: 'ecds', resources: { x: 'x=1' } }]);
  });

  it('looks only at the types that a push names', () => {
    const stream = new ScriptedStream(protocol, proxyView({ cds: { a: 'a=1' }, eds: { a: 'a=1' } }));
    stream.ask('cds');
    stream.ask('eds', { names: ['a'] });
    stream.settle({ eds: ['a'] });
    stream.show(proxyView({ cds: { a: 'a=1' }, eds: { a: 'a=2' } }));
    stream.state.markStale(new Set([ADDRESS_TYPE]));
    expect(stream.told()).toEqual([{ type: 'eds', resources: { a: 'a=2' } }]);
  });

  it('gives every layer of a type, and notices when a resource moves from one to another', () => {
    const stream = new ScriptedStream(protocol, proxyView({ cds: [{ a: 'a=1', b: 'b=1' }, { own: 'own=1' }] }));
    stream.ask('cds');
    expect(stream.settle()).toEqual([{ type: 'cds', resources: { a: 'a=1', b: 'b=1', own: 'own=1' } }]);
    stream.show(proxyView({ cds: [{ a: 'a=1' }, { own: 'own=1', b: 'b=1' }] }));
    expect(stream.told()).toEqual([]);
    stream.show(proxyView({ cds: [{ a: 'a=1', own: 'own=2' }, { b: 'b=1' }] }));
    expect(stream.settle()).toEqual([
      { type: 'cds', resources: protocol === 'sotw' ? { a: 'a=1', b: 'b=1', own: 'own=2' } : { own: 'own=2' } },
    ]);
  });

  it('counts an answer to an overtaken response and does nothing else', async () => {
    const stream = new ScriptedStream(protocol, proxyView({ eds: { a: 'a=1' } }));
    stream.ask('eds', { names: ['a'] });
    const first = stream.next();
    stream.show(proxyView({ eds: { a: 'a=2' } }));
    await stream.clock.advance(5000);
    const second = stream.next();
    expect(second?.resources).toEqual({ a: 'a=2' });
    if (first !== undefined) stream.ack(first, { eds: ['a'] });
    expect(stream.expired).toEqual([ENDPOINT_TYPE]);
    expect(stream.acks).toEqual([]);
    expect(stream.told()).toEqual([]);
  });
});
