import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../kit/log.ts';
import { KeptSettings } from './kept-settings.ts';
import * as metrics from './metrics.ts';

beforeAll(() => configureLogs({ levels: new Map([['injection', 'none']]) }));

const MAP = 'ConfigMap istio-system/istio-sidecar-injector';
const BROKEN = 'templates:\n  mine: |\n    spec: {{ if }}\n';

describe('KeptSettings', () => {
  it('are built in until somebody writes some', () => {
    const settings = new KeptSettings();
    expect(settings.report).toEqual({ from: 'built in' });
    expect(settings.current.config).toMatchObject({ policy: 'enabled', defaultTemplates: ['sidecar'] });
  });

  it('are what is written; values that are not are as by default', () => {
    const settings = new KeptSettings();
    settings.take({ config: 'policy: disabled', values: '{"global":{"hub":"h"}}' }, MAP);
    expect(settings.report).toEqual({ from: MAP });
    expect(settings.current.config.policy).toBe('disabled');
    expect(settings.current.values).toMatchObject({ global: { hub: 'h', istioNamespace: 'istio-system' } });
  });

  it.each([
    { what: 'a template', texts: { config: BROKEN }, says: /mine/ },
    { what: 'YAML', texts: { config: 'a: [' }, says: /^config, line 1: / },
    { what: 'a config that is no object', texts: { config: '[]' }, says: /config/ },
    { what: 'values', texts: { config: 'policy: enabled', values: '{' }, says: /^values, line 1: / },
  ])('stay as they were when $what cannot be read, until it can', async ({ texts, says }) => {
    const settings = new KeptSettings();
    settings.take({ config: 'policy: disabled', values: '' }, MAP);
    const before = settings.current;
    settings.take(texts, MAP);
    expect(settings.current).toBe(before);
    expect(settings.report).toEqual({ from: MAP, problem: expect.stringMatching(says) });
    expect(await metrics.configValid.read()).toBe(0);
    settings.take({ config: 'policy: enabled', values: '' }, MAP);
    expect(settings.report).toEqual({ from: MAP });
    expect(settings.current.config.policy).toBe('enabled');
    expect(await metrics.configValid.read()).toBe(1);
  });

  it('stay as they were when nobody writes any more', () => {
    const settings = new KeptSettings();
    settings.take({ config: 'policy: disabled' }, MAP);
    settings.take(undefined, MAP);
    expect(settings.current.config.policy).toBe('disabled');
  });

  it('are not read again while they say the same', () => {
    const settings = new KeptSettings();
    settings.take({ config: 'policy: disabled', values: '{}' }, MAP);
    const before = settings.current;
    settings.take({ config: 'policy: disabled', values: '{}' }, MAP);
    expect(settings.current).toBe(before);
  });
});
