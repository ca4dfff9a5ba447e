import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findEnvoy } from './envoy.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pilothouse-envoy-'));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

describe('findEnvoy', () => {
  it('takes the path it is given', async () => {
    const path = join(dir, 'my-envoy');
    await writeFile(path, '');
    await chmod(path, 0o755);
    expect(findEnvoy({ ENVOY: path })).toEqual({ found: true, command: [path] });
  });

  it('says so when there is nothing to run at that path', () => {
    const path = join(dir, 'none');
    expect(findEnvoy({ ENVOY: path, PATH: '' })).toEqual({ found: false, reason: `ENVOY=${path} cannot be run` });
  });
});
