import { findWaitMs } from '../../config/schema/duration.ts';
import { settingFault } from './fault.ts';

/** What a process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables by type. An empty variable is one that is not set. @throws Fault AGENT_SETTING that names the variable */
export class EnvironmentReader {
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  text(name: string): string | undefined {
    return this.#env[name] || undefined;
  }

  boolean(name: string, absent: boolean): boolean {
    const text = this.text(name);
    if (text === undefined) return absent;
    if (/^(true|t|1)$/i.test(text)) return true;
    if (/^(false|f|0)$/i.test(text)) return false;
    throw settingFault('AGENT_SETTING', `${name}: "${text}" is neither true nor false`);
  }

  integer(name: string, absent: number): number {
    const text = this.text(name);
    if (text === undefined) return absent;
    if (!/^\d{1,9}$/.test(text)) throw settingFault('AGENT_SETTING', `${name}: "${text}" is no whole number`);
    return Number(text);
  }

  /** A number from 0 to 1. */
  ratio(name: string, absent: number): number {
    const text = this.text(name);
    const value = text === undefined ? absent : Number(text);
    if (!(value >= 0 && value <= 1)) throw settingFault('AGENT_SETTING', `${name}: "${text}" is no number from 0 to 1`);
    return value;
  }

  /** Milliseconds. */
  duration(name: string, absentMs: number): number {
    const text = this.text(name);
    return text === undefined ? absentMs : parseDuration(text, name);
  }

  oneOf<const T extends string>(name: string, words: readonly T[], absent: T): T {
    const text = this.text(name);
    if (text === undefined) return absent;
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw settingFault('AGENT_SETTING', `${name}: "${text}" is none of ${words.join(', ')}`);
    return word;
  }

  /** Variables whose names begin so, by the rest of the name. */
  prefixed(prefix: string): readonly (readonly [rest: string, value: string])[] {
    return Object.entries(this.#env).flatMap(([name, value]) =>
      name.startsWith(prefix) && value !== undefined ? [[name.slice(prefix.length), value] as const] : [],
    );
  }
}

/** A duration as Go and protobuf write it: `1m30s`, `0.5s`. Milliseconds. @throws Fault AGENT_SETTING that names `what` */
export function parseDuration(text: string, what: string): number {
  const ms = findWaitMs(text);
  if (ms === undefined) throw settingFault('AGENT_SETTING', `${what}: "${text}" is no duration such as 5s`);
  return ms;
}
