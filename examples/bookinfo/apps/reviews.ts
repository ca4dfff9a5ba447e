// What readers think of the book. v1 shows words alone, v2 asks ratings for black stars, v3 for red ones.
import type { IncomingHttpHeaders } from 'node:http';
import { ask, say, serve, workloadOf } from './service.ts';

const TEXTS = {
  Reviewer1: 'Two pairs of twins, one long day, and not a page on which I did not laugh.',
  Reviewer2: 'The plot stands on a heap of accidents, and still it stands. Read it aloud.',
};

const STAR_COLORS: Readonly<Record<string, string>> = { v2: 'black', v3: 'red' };

const workload = workloadOf('reviews');
const color = STAR_COLORS[workload.version];

serve(workload, {
  '/reviews/': async ({ url, headers }) => {
    const id = url.pathname.slice('/reviews/'.length);
    const rate = color === undefined ? () => undefined : await findRatings(id, color, headers);
    const reviews = Object.entries(TEXTS).map(([reviewer, text]) => ({ reviewer, text, rating: rate(reviewer) }));
    return { body: { id, podname: workload.pod, version: workload.version, reviews } };
  },
});

type Rating = { readonly stars: number; readonly color: string } | { readonly error: string };

async function findRatings(
  id: string,
  color: string,
  headers: IncomingHttpHeaders,
): Promise<(reviewer: string) => Rating> {
  const answer = await ask('ratings:9080', `/ratings/${id}`, headers);
  const stars = answer.ok ? readStars(answer.data) : new Map<string, number>();
  if (!answer.ok) say(`no ratings: ${answer.error}`);
  return (reviewer) => {
    const given = stars.get(reviewer);
    return given === undefined ? { error: 'Ratings service is currently unavailable' } : { stars: given, color };
  };
}

function readStars(data: unknown): Map<string, number> {
  const ratings = typeof data === 'object' && data !== null && 'ratings' in data ? data.ratings : undefined;
  const entries = typeof ratings === 'object' && ratings !== null ? Object.entries(ratings) : [];
  return new Map(entries.flatMap(([reviewer, stars]) => (typeof stars === 'number' ? [[reviewer, stars]] : [])));
}
