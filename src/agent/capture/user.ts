import { readFile } from 'node:fs/promises';

/** The number of a user of this machine; `undefined` when there is none of that name. @see passwd(5) */
export async function findUid(name: string, file = '/etc/passwd'): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const uid = text
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name)?.[2];
  return uid === undefined ? undefined : Number(uid);
}
