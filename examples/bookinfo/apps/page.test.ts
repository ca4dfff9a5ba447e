import { describe, expect, it } from 'vitest';
import { type Page, renderPage } from './page.ts';

const page: Page = {
  product: { title: 'A Book', description: 'Words.' },
  user: '',
  details: { ok: true, data: { id: 0, pages: 200 }, servedBy: 'details-v1' },
  reviews: { ok: true, data: { reviews: [{ reviewer: 'R', text: 'Good.' }] }, servedBy: 'reviews-v1' },
  pod: 'productpage-v1',
};

function withRating(rating: unknown): Page {
  return {
    ...page,
    reviews: { ok: true, data: { reviews: [{ reviewer: 'R', text: 'Good.', rating }] }, servedBy: 'r' },
  };
}

describe('renderPage', () => {
  it('shows who served what', () => {
    const html = renderPage(page);
    expect(html).toContain('<td>200</td>');
    expect(html).toContain('served by <code>details-v1</code>');
    expect(html).toContain('served by <code>reviews-v1</code>');
    expect(html).toContain('page by <code>productpage-v1</code>');
  });

  it.each([
    { when: 'there is no rating', rating: undefined, stars: '<p>Good.</p><cite>R</cite>' },
    {
      when: 'ratings are black',
      rating: { stars: 4, color: 'black' },
      stars: '<p class="stars black" title="4 of 5">★★★★☆</p>',
    },
    {
      when: 'ratings are red',
      rating: { stars: 5, color: 'red' },
      stars: '<p class="stars red" title="5 of 5">★★★★★</p>',
    },
    { when: 'ratings failed', rating: { error: 'not now' }, stars: '<p class="failure">not now</p>' },
  ])('shows stars as the version wants them when $when', ({ rating, stars }) => {
    expect(renderPage(withRating(rating))).toContain(stars);
  });

  it('goes on without a service that fails, and says why', () => {
    const html = renderPage({ ...page, reviews: { ok: false, error: 'reviews:9080 answered 504' } });
    expect(html).toContain('The reviews are not available just now.<br><small>reviews:9080 answered 504</small>');
    expect(html).toContain('served by <code>details-v1</code>');
  });

  it('escapes what came from outside', () => {
    expect(renderPage({ ...page, user: '<script>"' })).toContain('&#60;script&#62;&#34; · <a href="/logout">');
  });
});
