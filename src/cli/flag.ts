/** What became of the text that a user gave: a value, or what should have stood there. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string };

/** One flag of a command: how it looks in the help, and how its text becomes a `T`. */
export interface Flag<out T> {
  readonly summary: string;
  /** Word for the value in the help; a flag without one is a switch. */
  readonly placeholder: string | undefined;
  /** Environment variable that is read when the command line is silent. */
  readonly env: string | undefined;
  /** Short form: `p` for `-p`. */
  readonly letter?: string | undefined;
  /** The value when both are silent; a flag without one must be given. */
  readonly absent: { readonly value: T; readonly text: string | undefined } | undefined;
  /** Reads what was given, never an empty list. A flag that takes one value reads the last. */
  readonly parse: (texts: readonly string[]) => Parsed<T>;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values that a command's `run` gets: one for each flag, of the flag's type. */
export type FlagValues<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

interface Options {
  readonly env?: string;
  readonly letter?: string;
}

/** A flag with a default, or one that must be given, always has a value; any other may be `undefined`. */
interface FlagBuilder<T> {
  (summary: string, options: Options & (WithDefault | { readonly required: true })): Flag<T>;
  (summary: string, options?: Options): Flag<T | undefined>;
}

interface WithDefault {
  /** Written as a user would write it: the help shows this, and it is read like any other text. */
  readonly default: string | number;
}

function scalar<T>(placeholder: string, parse: (text: string) => Parsed<T>): FlagBuilder<T> {
  function build(summary: string, options: Options & (WithDefault | { readonly required: true })): Flag<T>;
  function build(summary: string, options?: Options): Flag<T | undefined>;
  function build(
    summary: string,
    options: Options & Partial<WithDefault & { required: true }> = {},
  ): Flag<T | undefined> {
    return {
      summary,
      placeholder,
      env: options.env,
      letter: options.letter,
      absent: options.required ? undefined : parseDefault(options.default, parse),
      parse: (texts) => parse(texts.at(-1) ?? ''),
    };
  }
  return build;
}

function parseDefault<T>(
  given: string | number | undefined,
  parse: (text: string) => Parsed<T>,
): { value: T | undefined; text: string | undefined } {
  if (given === undefined) return { value: undefined, text: undefined };
  const text = String(given);
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(`default "${text}" is not ${parsed.expected}`);
  return { value: parsed.value, text: text === '' ? undefined : text };
}

function parseInteger(text: string): Parsed<number> {
  const value = Number(text);
  const ok = /^[+-]?\d+$/.test(text) && Number.isSafeInteger(value);
  return ok ? { ok, value } : { ok: false, expected: 'a whole number' };
}

function parseBoolean(text: string): Parsed<boolean> {
  const value = BOOLEANS.get(text.toLowerCase());
  return value === undefined ? { ok: false, expected: 'true or false' } : { ok: true, value };
}

/** What Go's flag packages take, because manifests written for istiod use it. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['t', true],
  ['1', true],
  ['false', false],
  ['f', false],
  ['0', false],
]);

function parsePair(text: string): Parsed<readonly [string, string]> {
  const at = text.indexOf('=');
  if (at < 1) return { ok: false, expected: 'name=value' };
  return { ok: true, value: [text.slice(0, at), text.slice(at + 1)] };
}

/** Reads every element; the first that cannot be read decides. */
function parseEach<T>(texts: readonly string[], parse: (text: string) => Parsed<T>): Parsed<readonly T[]> {
  const values: T[] = [];
  for (const text of texts) {
    const parsed = parse(text);
    if (!parsed.ok) return parsed;
    values.push(parsed.value);
  }
  return { ok: true, value: values };
}

/** The kinds of flags. */
export const flag = {
  string: scalar<string>('text', (text) => ({ ok: true, value: text })),
  integer: scalar<number>('number', parseInteger),

  /** A value with a syntax of its own; `parse` says what it expected when the text is not of that syntax. */
  parsed: scalar,

  /** A switch: `--flag`, `--flag=true` and `--flag=false` are all understood. */
  boolean(summary: string, options: Options & { readonly default?: boolean } = {}): Flag<boolean> {
    const value = options.default ?? false;
    return {
      summary,
      placeholder: undefined,
      env: options.env,
      letter: options.letter,
      absent: { value, text: value ? 'true' : undefined },
      parse: (texts) => parseBoolean(texts.at(-1) ?? 'true'),
    };
  },

  /** One of a few words, the first of which is the default. */
  oneOf<const T extends string>(words: readonly [T, ...T[]], summary: string, options: Options = {}): Flag<T> {
    return {
      summary,
      placeholder: words.join('|'),
      env: options.env,
      letter: options.letter,
      absent: { value: words[0], text: words[0] },
      parse(texts) {
        const value = words.find((word) => word === texts.at(-1));
        return value === undefined ? { ok: false, expected: `one of ${words.join(', ')}` } : { ok: true, value };
      },
    };
  },

  /** May be given many times; a comma also separates. */
  list(summary: string, options: Options = {}): Flag<readonly string[]> {
    return {
      summary,
      placeholder: 'text,…',
      env: options.env,
      letter: options.letter,
      absent: { value: [], text: undefined },
      parse: (texts) => ({ ok: true, value: texts.flatMap((text) => text.split(',')).filter((text) => text !== '') }),
    };
  },

  /** `name=value`, may be given many times; of the same name the last counts. */
  pairs(summary: string, options: Options = {}): Flag<Readonly<Record<string, string>>> {
    return {
      summary,
      placeholder: 'name=value',
      env: options.env,
      letter: options.letter,
      absent: { value: {}, text: undefined },
      parse(texts) {
        const pairs = parseEach(texts.flatMap(splitPairs), parsePair);
        return pairs.ok ? { ok: true, value: Object.fromEntries(pairs.value) } : pairs;
      },
    };
  },
};

/** `a=1,b=2` is two pairs, `a=1,2` is one: a comma separates only in front of another name. */
function splitPairs(text: string): string[] {
  return text.split(/,(?=[^,=]+=)/);
}
