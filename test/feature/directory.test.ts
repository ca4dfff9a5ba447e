import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectorySource } from '../../src/discovery/directory/directory-source.ts';
import { virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { outbound } from '../support/feature/feature.ts';
import { LogBook } from '../support/feature/log-book.ts';
import type { MeshProxy } from '../support/feature/mesh-proxy.ts';
import { ScenarioMesh } from '../support/feature/scenario-mesh.ts';

describe('A directory of YAML', () => {
  const reviews = service('reviews', { http: 9080 });
  const rule = (timeout: string) => virtualService('reviews', route().to('reviews').timeout(timeout)).text;
  const cluster = outbound('reviews', 9080);
  const log = new LogBook();
  let dir: string;
  let mesh: ScenarioMesh;
  let proxy: MeshProxy;

  const save = (name: string, text: string) => writeFile(join(dir, name), text);
  const untilAnswer = async (timeoutMs: number | undefined) => {
    const answer = JSON.stringify(timeoutMs === undefined ? { cluster } : { cluster, timeoutMs });
    await mesh.until(answer, () => JSON.stringify(proxy.request('http://reviews:9080/')) === answer);
    await mesh.settle();
  };

  beforeEach(async () => {
    log.open();
    dir = await mkdtemp(join(tmpdir(), 'pilothouse-feature-'));
    await save('reviews.yaml', reviews.text);
    await save('rule.yaml', rule('1s'));
    mesh = await ScenarioMesh.start('delta', log, [new DirectorySource({ path: dir })]);
    proxy = await mesh.connect(sidecar('app'));
  });

  afterEach(async () => {
    await mesh.stop();
    log.clear();
    await rm(dir, { recursive: true });
  });

  it('is followed as its files are saved', async () => {
    await untilAnswer(1000);
    proxy.script.forgetPushes();
    await save('rule.yaml', rule('2s'));
    await untilAnswer(2000);
    expect(proxy.pushedTypes()).toEqual(['rds']);
  });

  it('loses what its files lose', async () => {
    await rm(join(dir, 'rule.yaml'));
    await untilAnswer(undefined);
    expect(mesh.fateOf('VirtualService', 'reviews')).toBe('unknown');
  });

  it('tells of a file that is empty', async () => {
    await save('empty.yaml', '');
    await mesh.until('the issue', () => mesh.issues().length > 0);
    expect(mesh.issues()).toEqual([expect.stringContaining(`${join(dir, 'empty.yaml')}:1:1 FILE_EMPTY`)]);
    await untilAnswer(1000);
  });

  it('keeps the last good version of a file that is saved broken, and says where it breaks', async () => {
    await save('rule.yaml', rule('2s').replace('spec:', 'spec: ['));
    await mesh.until('the issue', () => mesh.issues().length > 0);
    expect(mesh.issues()).toEqual([expect.stringContaining(`${join(dir, 'rule.yaml')}:`)]);
    await untilAnswer(1000);
    await save('rule.yaml', rule('3s'));
    await untilAnswer(3000);
    expect(mesh.issues()).toEqual([]);
  });
});
