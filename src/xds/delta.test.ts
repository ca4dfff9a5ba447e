import { describe, expect, it } from 'vitest';
import { proxyView, type Response, resource, ScriptedStream } from './testing.ts';

function version(content: string): string {
  return resource('', content).version;
}

/** The next response; a transcript that expects one fails without it. */
function must(response: Response | undefined): Response {
  if (response === undefined) throw new Error('no response');
  return response;
}

describe('a delta stream', () => {
  it('tells of names that were asked for and do not exist', () => {
    const stream = new ScriptedStream('delta', proxyView({ rds: { a: 'a=1' } }));
    stream.ask('rds', { names: ['a', 'nobody'] });
    expect(stream.settle()).toEqual([{ type: 'rds', resources: { a: 'a=1' }, removed: ['nobody'] }]);
    stream.show(proxyView({ rds: { a: 'a=1', nobody: 'nobody=1' } }));
    expect(stream.settle()).toEqual([{ type: 'rds', resources: { nobody: 'nobody=1' } }]);
  });

  it('never tells removals of extension configurations', () => {
    const stream = new ScriptedStream('delta', proxyView({ ecds: { a: 'a=1' } }));
    stream.ask('ecds', { names: ['a', 'nobody'] });
    expect(stream.settle()).toEqual([{ type: 'ecds', resources: { a: 'a=1' } }]);
    stream.show(proxyView({ ecds: {} }));
    expect(stream.settle()).toEqual([]);
  });

  it('tells listeners that are gone at once, with those that came', () => {
    const stream = new ScriptedStream('delta', proxyView({ lds: { a: 'a=1' } }));
    stream.ask('lds');
    stream.settle();
    stream.show(proxyView({ lds: { b: 'b=1' } }));
    expect(stream.settle()).toEqual([{ type: 'lds', resources: { b: 'b=1' }, removed: ['a'] }]);
  });

  it('answers a name that is subscribed again, although nothing changed', () => {
    const stream = new ScriptedStream('delta', proxyView({ eds: { a: 'a=1' } }));
    stream.ask('eds', { names: ['a'] });
    stream.settle();
    stream.ask('eds', { names: ['a'] });
    expect(stream.settle()).toEqual([{ type: 'eds', resources: { a: 'a=1' } }]);
  });

  it('says no more of what was unsubscribed, not even if it was owed', () => {
    const stream = new ScriptedStream('delta', proxyView({ eds: { a: 'a=1', b: 'b=1' } }));
    stream.ask('eds', { names: ['a', 'b'] });
    stream.ask('eds', { unsubscribe: ['b'] });
    expect(stream.settle()).toEqual([{ type: 'eds', resources: { a: 'a=1' } }]);
    stream.ask('eds', { unsubscribe: ['a'] });
    stream.show(proxyView({ eds: { a: 'a=2', b: 'b=2' } }));
    expect(stream.settle()).toEqual([]);
  });

  it('applies a change of subscription whose nonce has expired', () => {
    const stream = new ScriptedStream('delta', proxyView({ eds: { a: 'a=1', b: 'b=1' } }));
    stream.ask('eds', { names: ['a'] });
    stream.settle();
    stream.ask('eds', { nonce: 'old', names: ['b'] });
    expect(stream.settle()).toEqual([{ type: 'eds', resources: { b: 'b=1' } }]);
    expect(stream.expired).toHaveLength(1);
  });

  it('begins with nothing when the wildcard is subscribed and unsubscribed in one request', () => {
    const stream = new ScriptedStream('delta', proxyView({ cds: { a: 'a=1', b: 'b=1' } }));
    stream.ask('cds', { names: ['*'], unsubscribe: ['*'] });
    expect(stream.settle()).toEqual([]);
    stream.ask('cds', { names: ['b'] });
    expect(stream.settle()).toEqual([{ type: 'cds', resources: { b: 'b=1' } }]);
    stream.ask('cds', { names: ['*'] });
    expect(stream.settle()).toEqual([{ type: 'cds', resources: { a: 'a=1', b: 'b=1' } }]);
  });

  it('answers a name that is unsubscribed while the wildcard stays', () => {
    const stream = new ScriptedStream('delta', proxyView({ cds: { a: 'a=1' } }));
    stream.ask('cds', { names: ['*', 'a', 'nobody'] });
    expect(stream.settle()).toEqual([{ type: 'cds', resources: { a: 'a=1' }, removed: ['nobody'] }]);
    stream.ask('cds', { unsubscribe: ['a', 'nobody'] });
    expect(stream.settle()).toEqual([{ type: 'cds', resources: { a: 'a=1' }, removed: ['nobody'] }]);
  });

  it('asks nothing of types with names when the first request has none', () => {
    const stream = new ScriptedStream('delta', proxyView({ eds: { a: 'a=1' } }));
    stream.ask('eds');
    expect(stream.settle()).toEqual([]);
    stream.ask('eds', { names: ['a'] });
    expect(stream.settle()).toEqual([{ type: 'eds', resources: { a: 'a=1' } }]);
  });

  describe('that resumes', () => {
    it('resends nothing that the client holds', () => {
      const stream = new ScriptedStream('delta', proxyView({ cds: { a: 'a=1' }, eds: { a: 'a=1' } }));
      stream.ask('cds', { held: { a: version('a=1') } });
      stream.ask('eds', { names: ['a'], held: { a: version('a=1') } });
      expect(stream.settle()).toEqual([]);
      const [clusters] = stream.state.status();
      expect(clusters?.versionAcked).toBe(clusters?.versionSent);
      expect(clusters?.versionSent).not.toBe('');
      stream.show(proxyView({ cds: { a: 'a=2' }, eds: { a: 'a=1' } }));
      expect(stream.settle()).toEqual([
        { type: 'cds', resources: { a: 'a=2' } },
        { type: 'eds', resources: { a: 'a=1' } },
      ]);
    });

    it('sends what changed meanwhile, and takes away what is gone', () => {
      const stream = new ScriptedStream('delta', proxyView({ cds: { a: 'a=2', b: 'b=1', c: 'c=1' } }));
      stream.ask('cds', { held: { a: version('a=1'), b: version('b=1'), gone: 'x' } });
      expect(stream.settle()).toEqual([
        { type: 'cds', resources: { a: 'a=2', c: 'c=1' } },
        { type: 'cds', resources: {}, removed: ['gone'] },
      ]);
    });

    it('keeps clusters that are gone until routes and listeners are accepted', () => {
      const stream = new ScriptedStream('delta', proxyView({ cds: { a: 'a=1' }, rds: { r: 'r=a' } }));
      stream.ask('cds', { held: { gone: 'x', a: version('a=1') } });
      stream.ask('rds', { names: ['r'], held: { r: version('r=gone') } });
      const routes = must(stream.next());
      expect(routes).toMatchObject({ type: 'rds', resources: { r: 'r=a' } });
      expect(stream.told()).toEqual([]);
      stream.ack(routes);
      expect(stream.settle()).toEqual([{ type: 'cds', resources: {}, removed: ['gone'] }]);
    });

    it('counts what a client holds of types with names as subscribed', () => {
      const stream = new ScriptedStream('delta', proxyView({ eds: { a: 'a=2', b: 'b=1', c: 'c=1' } }));
      stream.ask('eds', { held: { a: version('a=1') }, names: ['b'] });
      expect(stream.settle()).toEqual([{ type: 'eds', resources: { a: 'a=2', b: 'b=1' } }]);
    });

    it('repeats the endpoints of clusters that changed meanwhile', () => {
      const stream = new ScriptedStream('delta', proxyView({ cds: { a: 'a=2' }, eds: { a: 'a=1' } }));
      stream.ask('eds', { names: ['a'], held: { a: version('a=1') } });
      stream.ask('cds', { held: { a: version('a=1') } });
      expect(stream.settle().map(({ type }) => type)).toEqual(['cds', 'eds']);
    });
  });

  it('repeats endpoints that came back unchanged to a cluster that changed in between', () => {
    const stream = new ScriptedStream('delta', proxyView({ cds: { a: 'a=1' }, eds: { a: 'a=ep' }, rds: { r: 'r=1' } }));
    stream.ask('cds');
    stream.ask('eds', { names: ['a'] });
    stream.ask('rds', { names: ['r'] });
    stream.settle();
    stream.show(proxyView({ cds: { a: 'a=2' }, eds: {}, rds: { r: 'r=2' } }));
    expect(must(stream.next()).resources).toEqual({ a: 'a=2' });
    expect(stream.told()).toEqual([]);
    stream.show(proxyView({ cds: { a: 'a=2' }, eds: { a: 'a=ep' }, rds: { r: 'r=2' } }));
    expect(stream.told()).toEqual([{ type: 'eds', resources: { a: 'a=ep' } }]);
  });

  it('takes a refusal of a type that is not watched for what it is', () => {
    const stream = new ScriptedStream('delta', proxyView({ cds: { a: 'a=1' } }));
    stream.ask('cds', { nonce: 'x', refusal: 'no' });
    expect(stream.nacks).toMatchObject([{ nonce: 'x', message: 'no', resources: [] }]);
    expect(stream.settle()).toEqual([]);
  });
});
