import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timedRule } from '../../../test/support/world.ts';
import { DEFAULT_CONTEXT } from '../../config/context.ts';
import { readDocuments } from '../../config/read/read-documents.ts';
import { keyOf } from '../../model/object.ts';
import { Declarations } from './declarations.ts';

const BAD = timedRule('bad', 'soon');
const TEXTS = [timedRule('a', '1s'), timedRule('a', '2s'), timedRule('b', '1s'), BAD, '# nothing\n---\n'];

const put = (declarations: Declarations, id: string, text: string | undefined) =>
  declarations.put(0, id, text === undefined ? undefined : { id, objects: readDocuments(text, id), issues: [] });

/** Which text counts for each object, and all that is wrong. */
const everything = (declarations: Declarations) => ({
  winners: new Map(
    [...declarations.keys()].map((key) => {
      const { raw, object, position } = declarations.find(key) ?? {};
      return [key, [position?.group, position?.index, object && keyOf(object.meta), raw && 'line' in raw && raw.line]];
    }),
  ),
  issues: declarations.listIssues(),
});

describe('Declarations', () => {
  it('come to the same, however they got there', () => {
    const step = fc.record({
      file: fc.constantFrom('x', 'y', 'z'),
      text: fc.option(
        fc.array(fc.constantFrom(...TEXTS), { maxLength: 4 }).map((texts) => texts.join('')),
        { nil: undefined },
      ),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const declarations = new Declarations(() => DEFAULT_CONTEXT);
        const files = new Map<string, string>();
        for (const { file, text } of steps) {
          put(declarations, file, text);
          if (text === undefined) files.delete(file);
          else files.set(file, text);
        }
        const fresh = new Declarations(() => DEFAULT_CONTEXT);
        for (const [file, text] of files) put(fresh, file, text);
        expect(everything(declarations)).toEqual(everything(fresh));
      }),
    );
  });

  it('do not read again what did not change, wherever it moved', () => {
    const declarations = new Declarations(() => DEFAULT_CONTEXT);
    put(declarations, 'x', timedRule('a', '1s') + timedRule('b', '1s'));
    const before = [...declarations.keys()].map((key) => declarations.find(key)?.object);
    put(declarations, 'x', `# on top\n---\n${timedRule('b', '1s')}${timedRule('a', '1s')}`);
    const after = [...declarations.keys()].map((key) => declarations.find(key)?.object);
    expect(new Set(after)).toEqual(new Set(before));
    for (const object of after) expect(before.some((old) => old === object)).toBe(true);
  });

  it('tell only the objects that are declared differently', () => {
    const declarations = new Declarations(() => DEFAULT_CONTEXT);
    put(declarations, 'x', timedRule('a', '1s') + timedRule('b', '1s'));
    const { keys } = put(declarations, 'x', timedRule('a', '1s') + timedRule('b', '2s') + timedRule('c', '1s'));
    expect([...keys].sort()).toEqual(['VirtualService/default/b', 'VirtualService/default/c']);
  });

  it('of text without a name keep what the file declared', () => {
    const declarations = new Declarations(() => DEFAULT_CONTEXT);
    put(declarations, 'x', timedRule('a', '1s') + timedRule('b', '1s'));
    put(declarations, 'x', `${timedRule('a', '1s')}\n{`);
    expect([...declarations.keys()]).toEqual(['VirtualService/default/a', 'VirtualService/default/b']);
    put(declarations, 'x', timedRule('a', '1s'));
    expect([...declarations.keys()]).toEqual(['VirtualService/default/a']);
  });

  const KINDLESS = timedRule('a', '1s').replace('VirtualService', 'VirtualServce');
  const steps = [
    { what: 'a kind that nobody knows', texts: [KINDLESS], keys: ['a', 'b'] },
    {
      what: 'the same text once it stood beside what goes',
      texts: [KINDLESS + timedRule('b', '1s'), KINDLESS],
      keys: ['a'],
    },
    { what: 'a document without a name', texts: [timedRule('a', '1s').replace('name: a, ', '')], keys: ['a', 'b'] },
    {
      what: 'a document without a name that is wrong besides',
      texts: [BAD.replace('name: bad, ', '')],
      keys: ['a', 'b'],
    },
    {
      what: 'a document with a wrong name that is right but for that',
      texts: [timedRule('a', '1s').replace('name: a', 'name: A_')],
      keys: ['A_', 'a', 'b'],
    },
    { what: 'an object with errors and a name', texts: [BAD], keys: ['bad'] },
    {
      what: 'a kind of Istio without effect',
      texts: [KINDLESS.replace('networking', 'security').replace('VirtualServce', 'AuthorizationPolicy')],
      keys: [],
    },
    { what: 'all names again', texts: [KINDLESS, timedRule('a', '1s')], keys: ['a'] },
    {
      what: 'another wrong name after a wrong name',
      texts: [KINDLESS, timedRule('A_', '1s'), timedRule('B_', '1s')],
      keys: ['B_', 'a', 'b'],
    },
    { what: 'no file', texts: [KINDLESS, undefined], keys: [] },
  ];
  it.each(steps)('of $what keep $keys of a and b', ({ texts, keys }) => {
    const declarations = new Declarations(() => DEFAULT_CONTEXT);
    put(declarations, 'x', timedRule('a', '1s') + timedRule('b', '1s'));
    for (const text of texts) put(declarations, 'x', text);
    expect([...declarations.keys()].sort()).toEqual(keys.map((name) => `VirtualService/default/${name}`));
  });

  it('of an API server keep nothing of one another', () => {
    const declarations = new Declarations(() => DEFAULT_CONTEXT);
    const send = (kind: string) => {
      const object = { apiVersion: 'v1', kind, metadata: { name: 'n', namespace: 'default' } };
      declarations.put(0, 'x', { id: 'x', objects: [{ cluster: 'Kubernetes', object }], issues: [] });
    };
    send('Secret');
    expect([...declarations.keys()]).toEqual(['Secret/default/n']);
    send('Secrt');
    expect([...declarations.keys()]).toEqual([]);
  });

  it('of objects that are none of the mesh keep nothing', () => {
    const declarations = new Declarations(() => DEFAULT_CONTEXT);
    put(declarations, 'x', timedRule('a', '1s') + timedRule('b', '1s'));
    put(declarations, 'x', `${timedRule('a', '1s')}{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}}`);
    expect([...declarations.keys()]).toEqual(['VirtualService/default/a']);
  });
});
