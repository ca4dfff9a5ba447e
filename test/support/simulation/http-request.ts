/** A request as a proxy sees it. */
export interface HttpRequest {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Host, and port where the client wrote one. */
  readonly authority: string;
  /** With its query. */
  readonly path: string;
  /** Names in lower case, pseudo headers included. */
  readonly headers: ReadonlyMap<string, string>;
  /** What filters before the router found out, by filter: claims of a token, for instance. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** How a request differs from a plain GET. */
export interface HttpRequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** The request that a client makes for a URL. */
export function toHttpRequest(url: URL, options: HttpRequestOptions = {}): HttpRequest {
  const { method = 'GET', headers = {}, metadata = {} } = options;
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const sent = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const authority = sent.get('host') ?? url.host;
  const path = `${url.pathname}${url.search}`;
  sent.delete('host');
  for (const [name, value] of Object.entries({ method, scheme, authority, path })) sent.set(`:${name}`, value);
  return { method, scheme, authority, path, headers: sent, metadata };
}

/** The path without its query. */
export function pathOf({ path }: HttpRequest): string {
  return path.replace(/[?#].*$/, '');
}
