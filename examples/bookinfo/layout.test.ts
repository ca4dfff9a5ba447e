import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Layout,
  listAddresses,
  MESH_DIR,
  moveAddresses,
  ROUTES_FILE,
  STANDARD,
  STEPS_DIR,
  WORKLOADS,
} from './layout.ts';

const ELSEWHERE: Layout = {
  inbound: '127.0.12',
  outbound: '127.0.13',
  appPorts: 21_080,
  gatewayPort: 21_000,
  grpcPort: 21_010,
  httpPort: 21_011,
  monitoringPort: 21_014,
};

async function readMesh(): Promise<string> {
  const files = await readdir(MESH_DIR);
  return (await Promise.all(files.sort().map((file) => readFile(join(MESH_DIR, file), 'utf8')))).join('---\n');
}

describe('the layout', () => {
  it('names no address twice', () => {
    const addresses = listAddresses(STANDARD).map(({ host, port }) => `${host}:${port}`);
    expect(addresses).toEqual([...new Set(addresses)]);
  });

  it.each(WORKLOADS)('agrees with the YAML on $app-$version', async ({ n, app, version, calls }) => {
    const mesh = await readMesh();
    expect(mesh).toContain(`  address: 127.0.2.${n}\n  labels: { app: ${app}, version: ${version} }`);
    const listener = `bind: 127.0.2.${n}\n      defaultEndpoint: 127.0.0.1:${STANDARD.appPorts + n}\n`;
    expect(mesh).toContain(`labels: { app: ${app}, version: ${version} }\n  ingress:`);
    expect(mesh).toContain(listener);
    expect(mesh.includes(`bind: 127.0.3.${n}\n`)).toBe(calls);
  });

  it('begins with the first step', async () => {
    const start = await readFile(join(STEPS_DIR, '0-start.yaml'), 'utf8');
    expect(await readFile(join(MESH_DIR, ROUTES_FILE), 'utf8')).toBe(start);
  });
});

describe('moveAddresses', () => {
  it('leaves no address behind', async () => {
    const moved = moveAddresses(await readMesh(), ELSEWHERE).replace(/^#.*$/gm, '');
    expect(moved.match(/127\.0\.[23]\.|190\d\d|\b8000\b/g)).toBeNull();
    expect(moved).toContain('bind: 127.0.12.6\n      defaultEndpoint: 127.0.0.1:21086\n');
    expect(moved).toContain('number: 21000');
  });

  it('changes nothing when nothing moves', async () => {
    const mesh = await readMesh();
    expect(moveAddresses(mesh, STANDARD)).toBe(mesh);
  });
});
