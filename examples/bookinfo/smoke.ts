import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask } from '../../test/support/http.ts';
import { ROUTES_FILE, STEPS_DIR } from './layout.ts';

/** Which version of reviews served one request through the gateway. */
export async function askReviews(url: string, headers: Record<string, string> = {}): Promise<string> {
  const { status, headers: answered, body } = await ask(`${url}/api/v1/products/0/reviews`, { headers });
  if (status !== 200) throw new Error(`reviews answered ${status}: ${body.trim()}`);
  return String(answered['x-served-by']);
}

/** Milliseconds from the moment a step was saved until the last answer that was not yet according to it. */
export async function measureStep(meshDir: string, step: string, moved: () => Promise<boolean>): Promise<number> {
  await copyFile(join(STEPS_DIR, step), join(meshDir, ROUTES_FILE));
  const saved = performance.now();
  let lastOld = saved;
  // So many in a row that not one of them can be luck.
  for (let inARow = 0; inARow < 40; ) {
    const isNew = await moved();
    const now = performance.now();
    inARow = isNew ? inARow + 1 : 0;
    if (!isNew) lastOld = now;
    if (now - saved > 15_000) throw new Error(`traffic did not follow ${step} in 15 s`);
  }
  return lastOld - saved;
}

/**
 * Checks that the example does what its README promises.
 * @param say is told each thing that was found true.
 * @throws Error for the first that was not.
 */
export async function smoke(url: string, meshDir: string, say: (text: string) => void): Promise<void> {
  const page = await ask(`${url}/productpage`);
  if (page.status !== 200 || !page.body.includes('served by <code>details-v1</code>')) {
    throw new Error(`the page is not whole (${page.status}):\n${page.body}`);
  }
  say('the page comes through the gateway');

  const served = new Set<string>();
  for (let i = 0; i < 200 && served.size < 3; i++) served.add(await askReviews(url));
  if (served.size < 3) throw new Error(`200 requests saw only ${[...served].join(', ')}`);
  say(`all three versions take part: ${[...served].sort().join(', ')}`);

  const ms = await measureStep(meshDir, '1-all-to-v1.yaml', async () => (await askReviews(url)) === 'reviews-v1');
  if (ms > 1_000) throw new Error(`traffic took ${ms.toFixed(0)} ms to follow the file`);
  say(`traffic followed a saved file in ${ms.toFixed(0)} ms`);
}
