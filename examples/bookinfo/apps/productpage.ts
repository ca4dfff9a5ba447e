// The page that people look at, put together from what details and reviews answer.

import { renderPage } from './page.ts';
import { type Answer, ask, type Call, type Reply, serve, workloadOf } from './service.ts';

const PRODUCT = {
  id: 0,
  title: 'The Comedy of Errors',
  description: 'A merchant, his lost sons and their lost servants meet in Ephesus, and nobody is who they seem.',
};

const workload = workloadOf('productpage');

serve(workload, {
  '/': () => redirectTo('/productpage'),
  '/productpage': showPage,
  '/login': ({ url, body }) => {
    const user = new URLSearchParams(body).get('username') ?? url.searchParams.get('username') ?? '';
    return redirectTo('/productpage', `user=${encodeURIComponent(user)}; Path=/; HttpOnly; SameSite=Lax`);
  },
  '/logout': () => redirectTo('/productpage', 'user=; Path=/; Max-Age=0'),
  '/api/v1/products': () => ({ body: [PRODUCT] }),
  '/api/v1/products/': answerApi,
});

async function showPage(call: Call): Promise<Reply> {
  const user = userOf(call);
  const headers = headersFor(call, user);
  const [details, reviews] = await Promise.all([
    ask('details:9080', `/details/${PRODUCT.id}`, headers),
    ask('reviews:9080', `/reviews/${PRODUCT.id}`, headers),
  ]);
  return { body: renderPage({ product: PRODUCT, user, details, reviews, pod: workload.pod }) };
}

/** The same answers for programs: /api/v1/products/0, …/0/reviews, …/0/ratings. */
async function answerApi(call: Call): Promise<Reply> {
  const [id = '', part = 'details', ...rest] = call.url.pathname.slice('/api/v1/products/'.length).split('/');
  if (id !== String(PRODUCT.id) || rest.length > 0 || !['details', 'reviews', 'ratings'].includes(part)) {
    return { status: 404, body: { error: 'no such product, or no such part of it' } };
  }
  return toReply(await ask(`${part}:9080`, `/${part}/${id}`, headersFor(call, userOf(call))));
}

function toReply(answer: Answer): Reply {
  if (!answer.ok) return { status: 503, body: { error: answer.error } };
  const data = typeof answer.data === 'object' && answer.data !== null ? answer.data : {};
  return { headers: { 'x-served-by': answer.servedBy }, body: data };
}

function redirectTo(location: string, cookie?: string): Reply {
  return { status: 302, headers: { location, ...(cookie === undefined ? {} : { 'set-cookie': cookie }) } };
}

/** Who is signed in: by cookie, by `?u=jason`, or because the caller says so itself. */
function userOf({ url, headers }: Call): string {
  const cookie = /(?:^|;\s*)user=([^;]*)/.exec(headers.cookie ?? '')?.[1] ?? '';
  const named = headers['end-user'];
  return url.searchParams.get('u') ?? (typeof named === 'string' ? named : decode(cookie));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** Routes may look at the header `end-user`; a name that cannot stand in a header is left out of it. */
function headersFor(call: Call, user: string): Call['headers'] {
  const { 'end-user': _, ...headers } = call.headers;
  return /^[\x21-\x7e]+$/.test(user) ? { ...headers, 'end-user': user } : headers;
}
