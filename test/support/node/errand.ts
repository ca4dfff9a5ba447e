import type { ListenOptions, NetConnectOpts } from 'node:net';
import type { HttpQuestion } from '../http.ts';

/** What a hand is told to do. */
export type Errand =
  | { readonly do: 'ask'; readonly url: string; readonly question?: Omit<HttpQuestion, 'agent'> }
  /** Sends a line over TCP and gives all that comes back until a line ends it. */
  | { readonly do: 'say'; readonly host: string; readonly port: number; readonly line: string }
  /** Resolves a name as applications do. */
  | { readonly do: 'look-up'; readonly name: string }
  | { readonly do: 'relay'; readonly from: ListenOptions; readonly to: NetConnectOpts }
  /** Answers DNS by these names alone, from now on. */
  | { readonly do: 'names'; readonly host: string; readonly names: Readonly<Record<string, readonly string[]>> }
  /** One request after the other on kept connections, until `unload`. */
  | { readonly do: 'load'; readonly url: string; readonly pauseMs: number }
  | { readonly do: 'unload' };

/** What a load has met. */
export interface LoadReport {
  readonly answered: number;
  /** What was not a 200, in its own words; the first twenty. */
  readonly failures: readonly string[];
}

/** An errand and its answer share a number. */
export type Reply = { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly error: string };
