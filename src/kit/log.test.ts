import { beforeEach, describe, expect, it } from 'vitest';
import { configureLogs, createLog, listLogScopes, setLogLevel } from './log.ts';
import type { LogFormat } from './log-format.ts';
import { parseLogLevels } from './log-levels.ts';

let lines: string[] = [];

function setUp(levels: string, format: LogFormat = 'text') {
  lines = [];
  configureLogs({ levels: parseLogLevels(levels).levels, format, write: (line) => lines.push(line) });
}

const withoutTime = (line: string) => line.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/, 'TIME');

beforeEach(() => setUp('default:info'));

describe('a logger', () => {
  it("writes istiod's text form, its facts after the message", () => {
    createLog('test-ads').warn({ event: 'xds.nack', typeUrl: 'cds', detail: 'not a host', tries: 2 }, 'rejected');
    expect(lines.map(withoutTime)).toEqual([
      'TIME\twarn\ttest-ads\trejected event=xds.nack typeUrl=cds detail="not a host" tries=2\n',
    ]);
  });

  it("writes istiod's JSON form", () => {
    setUp('info', 'json');
    createLog('test-ads').info({ event: 'xds.push', proxies: 3 }, 'pushed');
    expect(JSON.parse(lines.join(''))).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      scope: 'test-ads',
      event: 'xds.push',
      proxies: 3,
      msg: 'pushed',
    });
  });

  it('is short on a terminal', () => {
    setUp('info', 'console');
    createLog('test-ads').info({ event: 'xds.push', proxies: 3 }, 'pushed');
    expect(lines.join('')).toMatch(/\d\d:\d\d:\d\d\.\d{3}.*info .*test-ads +pushed .*proxies=3/);
  });

  it('adds what was bound once to every line', () => {
    const log = createLog('test-ads').child({ proxy: 'a.default' });
    log.info({}, 'connected');
    log.child({ stream: 7 }).info({}, 'pushed');
    expect(lines.map(withoutTime)).toEqual([
      'TIME\tinfo\ttest-ads\tconnected proxy=a.default\n',
      'TIME\tinfo\ttest-ads\tpushed proxy=a.default stream=7\n',
    ]);
  });

  it('prints the stack of an error', () => {
    createLog('test-ads').error({ err: new Error('odd') }, 'failed');
    expect(lines.join('')).toMatch(/failed\nError: odd\n +at /);
  });

  it.each(['text', 'json', 'console'] as const)('never writes key material, as %s', (format) => {
    setUp('info', format);
    const pem = '-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----';
    createLog('test-ca').info(
      { csr: 'c2VjcmV0', caller: { token: 'c2VjcmV0' }, tls: { files: { key: 'c2VjcmV0' } } },
      'signed',
    );
    createLog('test-ca').info({ detail: `file holds ${pem}` }, `could not read ${pem}`);
    createLog('test-ca').info({ detail: `cut off -----BEGIN PRIVATE KEY-----\nc2VjcmV0` }, 'cut off');
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain('c2VjcmV0');
  });
});

describe('levels', () => {
  it('hold for loggers that exist, and for their children', () => {
    const log = createLog('test-level').child({ proxy: 'a' });
    log.debug({}, 'before');
    setLogLevel('test-level', 'debug');
    log.debug({}, 'after');
    setLogLevel('test-level', 'none');
    log.fatal({}, 'silent');
    expect(lines.map(withoutTime)).toEqual(['TIME\tdebug\ttest-level\tafter proxy=a\n']);
    expect(log.writes('fatal')).toBe(false);
  });

  it('are listed by scope', () => {
    createLog('test-level');
    setUp('default:warn,test-level:error');
    expect(listLogScopes()).toContainEqual({ scope: 'test-level', level: 'error' });
    expect(listLogScopes()).toContainEqual({ scope: 'default', level: 'warn' });
  });
});

describe('parseLogLevels', () => {
  it.each([
    { text: 'default:info,ads:debug', levels: { default: 'info', ads: 'debug' }, problems: [] },
    { text: 'debug', levels: { default: 'debug' }, problems: [] },
    { text: 'ads:debug,all:none', levels: { default: 'none' }, problems: [] },
    { text: '', levels: {}, problems: [] },
    {
      text: 'ads:loud,model:warn',
      levels: { model: 'warn' },
      problems: ['"loud" is no log level: one of none, fatal, error, warn, info, debug'],
    },
    { text: 'a:b:c', levels: {}, problems: ['"a:b:c" is not of the form scope:level'] },
  ])('reads "$text"', ({ text, levels, problems }) => {
    const settings = parseLogLevels(text);
    expect({ levels: Object.fromEntries(settings.levels), problems: settings.problems }).toEqual({ levels, problems });
  });
});
