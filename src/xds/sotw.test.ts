import { describe, expect, it } from 'vitest';
import { proxyView, type Response, ScriptedStream } from './testing.ts';
import { CLUSTER_TYPE } from './type-url.ts';

/** The next response; a transcript that expects one fails without it. */
function must(response: Response | undefined): Response {
  if (response === undefined) throw new Error('no response');
  return response;
}

describe('a state-of-the-world stream', () => {
  it('always tells clusters and listeners in full, absence being removal', () => {
    const stream = new ScriptedStream('sotw', proxyView({ lds: { a: 'a=1', b: 'b=1' } }));
    stream.ask('lds');
    stream.settle();
    stream.show(proxyView({ lds: { b: 'b=1', c: 'c=1' } }));
    expect(stream.settle()).toEqual([{ type: 'lds', resources: { b: 'b=1', c: 'c=1' } }]);
    stream.show(proxyView({ lds: {} }));
    expect(stream.settle()).toEqual([{ type: 'lds', resources: {} }]);
  });

  it.each([
    { when: 'names stay', names: ['a', 'b'], answer: [] },
    { when: 'names are only dropped', names: ['a'], answer: [{ type: 'eds', resources: {} }] },
    { when: 'names are added', names: ['a', 'b', 'c'], answer: [{ type: 'eds', resources: { c: 'c=1' } }] },
    { when: 'an added name does not exist', names: ['a', 'b', 'nobody'], answer: [] },
    { when: 'all names are dropped', names: [], answer: [] },
  ])('answers an ACK in which $when', ({ names, answer }) => {
    const stream = new ScriptedStream('sotw', proxyView({ eds: { a: 'a=1', b: 'b=1', c: 'c=1' } }));
    stream.ask('eds', { names: ['a', 'b'] });
    const { nonce } = must(stream.next());
    stream.ask('eds', { nonce, names });
    expect(stream.told()).toEqual(answer);
    expect(stream.acks).toHaveLength(1);
  });

  it('forgets a type whose names are all dropped', () => {
    const stream = new ScriptedStream('sotw', proxyView({ eds: { a: 'a=1' } }));
    stream.ask('eds', { names: ['a'] });
    const { nonce } = must(stream.next());
    stream.ask('eds', { nonce, names: [] });
    expect(stream.state.status()).toEqual([]);
    stream.show(proxyView({ eds: { a: 'a=2' } }));
    expect(stream.told()).toEqual([]);
  });

  it('begins anew when the nonce is empty', () => {
    const stream = new ScriptedStream('sotw', proxyView({ cds: { a: 'a=1' } }));
    stream.ask('cds');
    stream.settle();
    stream.ask('cds');
    expect(stream.settle()).toEqual([{ type: 'cds', resources: { a: 'a=1' } }]);
  });

  it('answers a client that comes from another replica with a nonce of its', () => {
    const stream = new ScriptedStream('sotw', proxyView({ eds: { a: 'a=1' } }));
    stream.ask('eds', { names: ['a'], nonce: 'elsewhere', version: 'v' });
    expect(stream.settle({ eds: ['a'] })).toEqual([{ type: 'eds', resources: { a: 'a=1' } }]);
  });

  it('resends no clusters to a client that names their version, and notices the next change', () => {
    const view = proxyView({ cds: { a: 'a=1' } });
    const earlier = new ScriptedStream('sotw', view);
    earlier.ask('cds');
    const { version } = must(earlier.next());

    const stream = new ScriptedStream('sotw', proxyView({ cds: { a: 'a=1' } }));
    stream.ask('cds', { version });
    expect(stream.told()).toEqual([]);
    expect(stream.state.status()).toMatchObject([
      { typeUrl: CLUSTER_TYPE, versionSent: version, versionAcked: version },
    ]);
    stream.show(proxyView({ cds: { a: 'a=2' } }));
    expect(stream.settle()).toEqual([{ type: 'cds', resources: { a: 'a=2' } }]);
  });

  it('resends clusters when the version is another', () => {
    const stream = new ScriptedStream('sotw', proxyView({ cds: { a: 'a=1' } }));
    stream.ask('cds', { version: 'old' });
    expect(stream.settle()).toEqual([{ type: 'cds', resources: { a: 'a=1' } }]);
  });

  it.each([
    { when: 'it wants the same', names: ['a', 'b'], answer: [] },
    {
      when: 'it wants more',
      names: ['a', 'b', 'c'],
      answer: [{ type: 'eds', resources: { a: 'a=1', b: 'b=1', c: 'c=1' } }],
    },
    { when: 'it wants more of which there is nothing', names: ['a', 'b', 'nobody'], answer: [] },
    { when: 'it wants less', names: ['a'], answer: [{ type: 'eds', resources: { a: 'a=1' } }] },
    {
      when: 'what it wants has changed',
      names: ['a', 'b'],
      eds: { a: 'a=2', b: 'b=1', c: 'c=1' },
      answer: [{ type: 'eds', resources: { a: 'a=2', b: 'b=1' } }],
    },
    { when: 'something else has changed', names: ['a', 'b'], eds: { a: 'a=1', b: 'b=1', c: 'c=2' }, answer: [] },
    {
      when: 'its clusters have changed, which it warms',
      names: ['a', 'b'],
      cds: { a: 'a=2' },
      answer: [
        { type: 'cds', resources: { a: 'a=2' } },
        { type: 'eds', resources: { a: 'a=1', b: 'b=1' } },
      ],
    },
  ])('tells a client that names the version of its names when $when', ({ names, eds, cds, answer }) => {
    const contents = { a: 'a=1', b: 'b=1', c: 'c=1' };
    const clusters = { a: 'a=1' };
    const earlier = new ScriptedStream('sotw', proxyView({ cds: clusters, eds: contents }));
    earlier.ask('cds');
    const { version } = must(earlier.next());
    earlier.ask('eds', { names: ['a', 'b'] });
    const told = must(earlier.next());

    const stream = new ScriptedStream('sotw', proxyView({ cds: cds ?? clusters, eds: eds ?? contents }));
    stream.ask('cds', { version });
    stream.ask('eds', { names, version: told.version });
    expect(stream.told()).toEqual(answer);
  });

  it('resends endpoints to a client that was to warm their cluster when its stream broke', () => {
    const earlier = new ScriptedStream('sotw', proxyView({ cds: { a: 'a=1' }, eds: { a: 'a=1' } }));
    earlier.ask('cds');
    earlier.settle();
    earlier.ask('eds', { names: ['a'] });
    const endpoints = must(earlier.next());
    earlier.ack(endpoints, { eds: ['a'] });
    const view = proxyView({ cds: { a: 'a=2' }, eds: { a: 'a=1' } });
    earlier.show(view);
    const clusters = must(earlier.next());

    const stream = new ScriptedStream('sotw', view);
    stream.ask('cds', { version: clusters.version });
    stream.ask('eds', { names: ['a'], version: endpoints.version });
    expect(stream.told()).toEqual([{ type: 'eds', resources: { a: 'a=1' } }]);
  });

  it('tells a client that wants less the version of that', () => {
    const stream = new ScriptedStream('sotw', proxyView({ rds: { a: 'a=1', b: 'b=1' } }));
    stream.ask('rds', { names: ['a', 'b'] });
    const both = must(stream.next());
    stream.ask('rds', { names: ['a'], nonce: both.nonce, version: both.version });
    const one = must(stream.next());
    expect(one).toMatchObject({ resources: {} });
    expect(one.version).not.toBe(both.version);
  });

  it('ends with a version that says that nothing lingers', () => {
    const stream = new ScriptedStream('sotw', proxyView({ cds: { a: 'a=1', b: 'b=1' }, lds: { l: 'l=1' } }));
    stream.ask('cds');
    stream.ask('lds');
    stream.settle();
    stream.show(proxyView({ cds: { a: 'a=1', c: 'c=1' }, lds: { l: 'l=2' } }));
    const between = must(stream.next());
    stream.ack(between);
    stream.ack(must(stream.next()));
    const after = must(stream.next());
    expect(between.version).toBe(`${after.version}+`);
    expect(between.resources).toEqual({ a: 'a=1', b: 'b=1', c: 'c=1' });
    expect(after.resources).toEqual({ a: 'a=1', c: 'c=1' });
  });

  it('serves clusters by name to a client that asks for them so', () => {
    const stream = new ScriptedStream('sotw', proxyView({ cds: { a: 'a=1', b: 'b=1' } }));
    stream.ask('cds', { names: ['a'] });
    const first = must(stream.next());
    expect(first.resources).toEqual({ a: 'a=1' });
    stream.ask('cds', { nonce: first.nonce, names: ['a', 'b'] });
    const second = must(stream.next());
    expect(second.resources).toEqual({ a: 'a=1', b: 'b=1' });
    stream.ask('cds', { nonce: second.nonce, names: [] });
    stream.show(proxyView({ cds: { a: 'a=2', b: 'b=2' } }));
    expect(stream.told()).toEqual([]);
  });

  it('takes the names of a refusal as well', () => {
    const stream = new ScriptedStream('sotw', proxyView({ rds: { a: 'a=1', b: 'b=1' } }));
    stream.ask('rds', { names: ['a'] });
    const { nonce } = must(stream.next());
    stream.ask('rds', { nonce, names: ['a', 'b'], refusal: 'a is bad' });
    expect(stream.nacks).toMatchObject([{ message: 'a is bad', resources: [{ name: 'a' }] }]);
    expect(stream.told()).toEqual([{ type: 'rds', resources: { b: 'b=1' } }]);
  });
});
