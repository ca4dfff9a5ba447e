import { describe, expect, it } from 'vitest';
import { readClusterSettings } from './cluster-switches.ts';

const DEFAULTS = {
  elects: true,
  writesStatus: true,
  publishesRevocations: true,
  statusWorkers: 8,
  keepsValidation: true,
  keepsInjection: true,
  problems: [],
};

describe('readClusterSettings', () => {
  it.each([
    { env: {}, differs: {} },
    { env: { ENABLE_LEADER_ELECTION: 'false' }, differs: { elects: false } },
    { env: { PILOT_ENABLE_STATUS: '0' }, differs: { writesStatus: false } },
    { env: { PILOT_STATUS_MAX_WORKERS: '3' }, differs: { statusWorkers: 3 } },
    { env: { PILOT_STATUS_MAX_WORKERS: '100' }, differs: {} },
    { env: { VALIDATION_WEBHOOK_CONFIG_NAME: '' }, differs: { keepsValidation: false } },
    { env: { INJECTION_WEBHOOK_CONFIG_NAME: '' }, differs: { keepsInjection: false } },
    {
      env: { PILOT_ENABLE_STATUS: 'maybe' },
      differs: { problems: ['PILOT_ENABLE_STATUS is "maybe", expected true or false: its default holds'] },
    },
  ])('of $env', ({ env, differs }) => {
    expect(readClusterSettings(env)).toEqual({ ...DEFAULTS, ...differs });
  });
});
