/** What a proxy said of a refusal, as it is compared and shown. */
export interface RefusalText {
  /** Without the printed resource, in one line. Equal for equal causes, whichever proxy says it, and when. */
  readonly text: string;
  /** The name of the resource that was printed; `undefined` when none was. */
  readonly printed: string | undefined;
}

/** Envoy prints whole messages, after a prefix that it draws anew on purpose so that nobody parses what follows. */
const PRINTED = /goo\.gle\/debug\w*\s[\s\S]*?(?=:\s*Proto constraint validation failed|$(?![\s\S]))/g;
const PRINTED_NAME = /^goo\.gle\/debug\w*\s+(?:cluster_)?name: "([^"]+)"/;

/** What a proxy's surroundings cause, on that machine alone: the same resource may be good for all others. */
const SURROUNDINGS =
  /cannot bind|Address already in use|Cannot assign requested address|Permission denied|Invalid path|No such file/i;

/** How reasons of isolations begin, by what happened. */
export const REFUSED = 'a proxy refused what it compiles to';
export const FAILED = 'compiling it failed';

/** Quoted pieces of a message that are too short to tell anything. */
const MIN_MENTION = 3;

/** Reads a proxy's words. */
export function parseRefusalText(message: string): RefusalText {
  const [first] = message.match(PRINTED) ?? [];
  const text = message.replace(PRINTED, '').replace(/\s+/g, ' ').trim();
  return { text: text.replace(/^: /, ''), printed: first && PRINTED_NAME.exec(first)?.[1] };
}

/** Whether a proxy complains of the machine that it runs on. */
export function isOfSurroundings(text: string): boolean {
  return SURROUNDINGS.test(text);
}

/** What a message quotes, of a length that tells something. */
export function listMentions(text: string): readonly string[] {
  const quoted = [...text.matchAll(/'([^']+)'|"([^"]+)"|`([^`]+)`/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  return quoted.filter((mention) => mention.length >= MIN_MENTION);
}
