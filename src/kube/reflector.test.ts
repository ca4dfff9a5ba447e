import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Script, ScriptedServer } from '../../test/support/kube/scripted-server.ts';
import { until } from '../../test/support/until.ts';
import { configureLogs } from '../kit/log.ts';
import { KubeClient } from './client.ts';
import type { KubeObject } from './object.ts';
import { Reflector, type ReflectorOptions } from './reflector.ts';

const THINGS = { group: 'example.io', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
const TIMES = { idleMs: 200, watchMs: 60_000, retryMs: 1, maxRetryMs: 5, refusedMs: 5, vanishMs: 0 };

const thing = (name: string, version: number, size = version) => ({
  metadata: { name, namespace: 'n', uid: `uid-${name}`, resourceVersion: String(version) },
  size,
});

const when = (fact: string, is: () => boolean) => until(fact, () => is() || undefined);

/** What a listener has been told, in order. */
class Told {
  readonly news: string[] = [];
  readonly states: string[] = [];
  synced = 0;

  readonly listener: ReflectorOptions<number>['listener'] = {
    onChange: ({ put, removed }) => {
      this.news.push(...put.map(({ key, value }) => `${key}=${value}`), ...removed.map((key) => `-${key}`));
    },
    onSynced: () => {
      this.synced++;
    },
    onState: ({ kind }) => this.states.push(kind),
    onHeard: () => {},
  };
}

const keep = (object: KubeObject) => ({ value: Number(object.size), content: object.size });

describe('Reflector', () => {
  const server = new ScriptedServer();
  const told = { current: new Told() };
  let client: KubeClient;
  let reflector: Reflector<number>;

  beforeEach(async () => {
    configureLogs({ levels: new Map([['kube', 'none']]) });
  });

  afterEach(async () => {
    await reflector.stop();
    client.close();
    await server.stop();
    server.requests.length = 0;
  });

  /** Follows things as the script tells them. */
  const follow = async (script: Script, options: Partial<ReflectorOptions<number>> = {}) => {
    server.script(script);
    client = new KubeClient(await server.start());
    told.current = new Told();
    reflector = new Reflector({
      client,
      resources: [THINGS],
      keep,
      listener: told.current.listener,
      times: TIMES,
      ...options,
    });
    reflector.start();
    return told.current;
  };

  const isWatch = (query: URLSearchParams) => query.get('watch') === 'true';
  const watches = () => server.requests.filter(({ query }) => isWatch(query));
  const lists = () => server.requests.filter(({ query }) => !isWatch(query));

  it('lists page by page, then tells what changes', async () => {
    const { news, states } = await follow(({ query }, answer) => {
      if (!isWatch(query)) {
        if (query.get('continue') === null) return answer.list('10', [thing('a', 1), thing('b', 2)], 'more');
        return answer.list('10', [thing('c', 3)]);
      }
      answer.event('MODIFIED', thing('a', 11));
      answer.event('ADDED', thing('d', 12));
      answer.event('DELETED', thing('b', 13));
    });
    await when('the last event', () => news.includes('-n/b'));
    expect(news).toEqual(['n/a=1', 'n/b=2', 'n/c=3', 'n/a=11', 'n/d=12', '-n/b']);
    expect([states, told.current.synced, reflector.size]).toEqual([['watching'], 1, 3]);
    expect(
      lists().map(({ query }) => [query.get('limit'), query.get('continue'), query.get('resourceVersion')]),
    ).toEqual([
      ['500', null, null],
      ['500', 'more', null],
    ]);
    expect([watches()[0]?.query.get('resourceVersion'), watches()[0]?.query.get('allowWatchBookmarks')]).toEqual([
      '10',
      'true',
    ]);
  });

  it('goes on where a watch ended, by bookmark or by event', async () => {
    let turn = 0;
    await follow(({ query }, answer) => {
      if (!isWatch(query)) return answer.list('10', []);
      turn++;
      if (turn === 1) answer.event('ADDED', thing('a', 11));
      if (turn === 2) answer.event('BOOKMARK', { metadata: { resourceVersion: '20' } });
      if (turn === 3) answer.open();
      else answer.end();
    });
    await when('three watches', () => watches().length === 3);
    expect(watches().map(({ query }) => query.get('resourceVersion'))).toEqual(['10', '11', '20']);
    expect(lists()).toHaveLength(1);
  });

  it.each([
    { when: 'the version is refused', refuse: (answer: Parameters<Script>[1]) => answer.refuse(410, 'Expired') },
    {
      when: 'the watch tells so',
      refuse: (answer: Parameters<Script>[1]) =>
        answer.event('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }),
    },
    {
      when: 'the server was restored from a backup',
      refuse: (answer: Parameters<Script>[1]) =>
        answer.json(504, { kind: 'Status', code: 504, reason: 'Timeout', message: 'Too large resource version: 10' }),
    },
  ])('lists anew when $when, and tells only what differs', async ({ refuse }) => {
    let turn = 0;
    const { news } = await follow(({ query }, answer) => {
      if (!isWatch(query))
        return turn === 0
          ? answer.list('10', [thing('same', 1), thing('changed', 2), thing('gone', 3), thing('touched', 4)])
          : answer.list('30', [thing('same', 1), thing('changed', 25), thing('new', 26), thing('touched', 27, 4)]);
      if (turn++ === 0) return refuse(answer);
      answer.open();
    });
    await when('the watch after', () => watches().length === 2);
    expect(news.slice(4)).toEqual(['n/changed=25', 'n/new=26', '-n/gone']);
    expect(watches()[1]?.query.get('resourceVersion')).toBe('30');
  });

  it('lists in one piece when pages take longer than the server remembers', async () => {
    const { news } = await follow(({ query }, answer) => {
      if (isWatch(query)) return answer.open();
      if (query.get('limit') === '0') return answer.list('10', [thing('a', 1), thing('b', 2)]);
      if (query.get('continue') === null) return answer.list('9', [thing('a', 1)], 'more');
      answer.refuse(410, 'Expired');
    });
    await when('the watch', () => watches().length === 1);
    expect(news).toEqual(['n/a=1', 'n/b=2']);
  });

  it('keeps everything while the server is away, and tells nothing twice after', async () => {
    let isAway = false;
    const { news, states } = await follow(({ query }, answer) => {
      if (isAway) return answer.destroy();
      if (!isWatch(query)) return answer.list('10', [thing('a', 1)]);
      answer.event('BOOKMARK', { metadata: { resourceVersion: '15' } });
      if (watches().length === 1) {
        isAway = true;
        answer.destroy();
      }
    });
    await when('the outage', () => states.includes('unreachable'));
    await when('tries', () => watches().length > 3);
    expect([news, reflector.size]).toEqual([['n/a=1'], 1]);
    isAway = false;
    await when('the end of the outage', () => states.at(-1) === 'watching');
    expect([news, states, lists().length]).toEqual([['n/a=1'], ['watching', 'unreachable', 'watching'], 1]);
  });

  it('takes silence for an outage', async () => {
    const { states } = await follow(({ query }, answer) => {
      if (!isWatch(query)) return answer.list('10', []);
      if (watches().length > 1) answer.event('BOOKMARK', { metadata: { resourceVersion: '11' } });
      else answer.open();
    });
    await when('the second watch', () => watches().length === 2 && states.at(-1) === 'watching');
    expect(states).toEqual(['watching', 'unreachable', 'watching']);
  });

  it('counts as synced when the kind is forbidden, and begins once it is allowed', async () => {
    let isAllowed = false;
    const { states, news } = await follow(({ query }, answer) => {
      if (!isAllowed) return answer.refuse(403, 'Forbidden');
      if (isWatch(query)) answer.open();
      else answer.list('10', [thing('a', 1)]);
    });
    await when('the refusal', () => states.length === 1);
    expect([states, told.current.synced]).toEqual([['forbidden'], 1]);
    isAllowed = true;
    await when('the first list', () => states.length === 2);
    expect([states, told.current.synced, news]).toEqual([['forbidden', 'watching'], 1, ['n/a=1']]);
  });

  it('waits for a kind that is not defined, in the newest version that is served', async () => {
    let isDefined = false;
    const { states, news } = await follow(
      ({ path, query }, answer) => {
        if (!isDefined || !path.includes('/v1beta1/')) return answer.refuse(404, 'NotFound');
        if (isWatch(query)) answer.open();
        else answer.list('10', [thing('a', 1)]);
      },
      {
        resources: [THINGS, { ...THINGS, version: 'v1beta1' }],
        times: { ...TIMES, retryMs: 60_000, refusedMs: 60_000 },
      },
    );
    await when('the absence', () => states.length === 1);
    expect([states, told.current.synced]).toEqual([['absent'], 1]);
    isDefined = true;
    reflector.wake();
    await when('the first list', () => states.length === 2);
    expect([states, news]).toEqual([['absent', 'watching'], ['n/a=1']]);
  });

  it('takes the objects of a kind that is no more defined as gone', async () => {
    let isDefined = true;
    const { news } = await follow(({ query }, answer) => {
      if (!isDefined) return answer.refuse(404, 'NotFound');
      if (!isWatch(query)) return answer.list('10', [thing('a', 1)]);
      isDefined = false;
      answer.open();
      answer.end();
    });
    await when('the objects to go', () => news.includes('-n/a'));
    expect(news).toEqual(['n/a=1', '-n/a']);
  });

  it('passes over what it cannot read, and reads lines in any pieces', async () => {
    const { news } = await follow(({ query }, answer) => {
      if (!isWatch(query)) return answer.list('10', []);
      const text = `${JSON.stringify({ type: 'ADDED', object: thing('a', 11) })}\n`;
      answer.write('\n{"type":"NEW"}\n');
      answer.write(text.slice(0, 20));
      setImmediate(() => answer.write(`${text.slice(20)}${text.replaceAll('"a"', '"b"')}`));
    });
    await when('both', () => news.length === 2);
    expect(news).toEqual(['n/a=11', 'n/b=11']);
  });

  it('tells nothing after a stop, which ends the watch', async () => {
    let push = () => {};
    const { news, states } = await follow(({ query }, answer) => {
      if (!isWatch(query)) return answer.list('10', []);
      answer.open();
      push = () => answer.event('ADDED', thing('a', 11));
    });
    await when('the watch', () => watches().length === 1);
    const stopped = reflector.stop();
    push();
    await stopped;
    expect([news, states.at(-1)]).toEqual([[], 'stopped']);
  });
});
