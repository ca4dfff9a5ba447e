import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../kit/fault.ts';
import { caFault } from './fault.ts';

/** The key that join tokens are signed with, and its public half. */
export interface JoinKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const FILE = 'join-key.pem';
const OTHERS = 0o077;

/**
 * Reads the key of a state directory; makes one when there is none. Of two processes that make it at once, one does.
 * @throws Fault `CA_STORE_UNUSABLE` when it cannot be read or written, or others than its owner can read it.
 */
export async function openJoinKey(folder: string): Promise<JoinKey> {
  const file = path.join(folder, FILE);
  try {
    return (await readKey(file)) ?? (await makeKey(folder, file));
  } catch (error) {
    const fault = Fault.from(error);
    if (fault.code === 'CA_STORE_UNUSABLE') throw fault;
    throw caFault('CA_STORE_UNUSABLE', `the key of join tokens ${file} cannot be used: ${fault.message}`, error);
  }
}

async function readKey(file: string): Promise<JoinKey | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return undefined;
  if ((found.mode & OTHERS) !== 0)
    throw caFault('CA_STORE_UNUSABLE', `${file} can be read by others than its owner: chmod 600 it`);
  const privateKey = createPrivateKey(await readFile(file, 'utf8'));
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

async function makeKey(folder: string, file: string): Promise<JoinKey> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flush: true });
  // A second name is given only where there is none: whoever comes later finds a whole key, the first one's.
  await link(draft, file).catch(() => undefined);
  await rm(draft, { force: true });
  const key = await readKey(file);
  if (key === undefined) throw caFault('CA_STORE_UNUSABLE', `${file} cannot be written`);
  return key;
}
