import { configureLogs } from '../../../src/kit/log.ts';
import type { LogRecord } from '../../../src/kit/log-format.ts';

/** What the program logged: to be read by tests instead of people. */
export class LogBook {
  readonly #records: LogRecord[] = [];
  #watchers: ((record: LogRecord) => void)[] = [];

  /** Takes over the logs of this process. */
  open(): void {
    configureLogs({ format: 'json', write: (line) => this.#add(JSON.parse(line)) });
  }

  /** Calls `watcher` with every line from now on. */
  watch(watcher: (record: LogRecord) => void): void {
    this.#watchers.push(watcher);
  }

  /** Lines of one event, in order. */
  list(event: string): readonly LogRecord[] {
    return this.#records.filter((record) => record.event === event);
  }

  /** Warnings and errors, as people read them. */
  complaints(): readonly string[] {
    return this.#records.filter(({ level }) => level === 'warn' || level === 'error').map(({ msg }) => msg);
  }

  clear(): void {
    this.#records.length = 0;
    this.#watchers = [];
  }

  #add(record: LogRecord): void {
    this.#records.push(record);
    for (const watcher of this.#watchers) watcher(record);
  }
}
