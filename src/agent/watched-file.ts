import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Follows a file that may come, change and go, in a folder that may too.
 *
 * @param onText Called with what it holds, first of all now, and then whenever that is something else; a file that is gone says nothing.
 * @returns what ends that
 */
export function watchFile(file: string, quietMs: number, onText: (text: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let held: string | undefined;
  let isStopped = false;
  const look = async () => {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (isStopped || text === undefined || text === held) return;
    held = text;
    onText(text);
  };
  const plan = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), quietMs);
    timer.unref();
  };
  // Mounted files are replaced by swapping a link in their folder, which only the folder tells.
  const watcher = startWatching(path.dirname(file), plan);
  // What a folder does not tell (it was not there, or is a link that moved) is found by looking now and then.
  const poll = setInterval(plan, 30_000);
  poll.unref();
  void look();
  return () => {
    isStopped = true;
    clearTimeout(timer);
    clearInterval(poll);
    watcher?.close();
  };
}

function startWatching(folder: string, onEvent: () => void) {
  try {
    const watcher = watch(folder, { persistent: false }, onEvent);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
