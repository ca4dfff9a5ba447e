import type { Answer } from './service.ts';

/** Everything that the page shows. */
export interface Page {
  readonly product: { readonly title: string; readonly description: string };
  readonly user: string;
  readonly details: Answer;
  readonly reviews: Answer;
  /** Who put the page together. */
  readonly pod: string;
}

/** The page as HTML. Everything that came from outside is escaped. */
export function renderPage({ product, user, details, reviews, pod }: Page): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeHtml(product.title)}</title><style>${STYLE}</style></head>
<body>
<header><b>Bookinfo</b>${renderUser(user)}</header>
<main>
<h1>${escapeHtml(product.title)}</h1>
<p>${escapeHtml(product.description)}</p>
<div class="columns">
<section><h2>Details</h2>${renderDetails(details)}</section>
<section><h2>Reviews</h2>${renderReviews(reviews)}</section>
</div>
</main>
<footer>page by <code>${escapeHtml(pod)}</code></footer>
</body>
</html>
`;
}

function renderUser(user: string): string {
  if (user !== '') return `<span>${escapeHtml(user)} · <a href="/logout">sign out</a></span>`;
  return '<form method="post" action="/login"><input name="username" placeholder="jason"><button>sign in</button></form>';
}

function renderDetails(details: Answer): string {
  if (!details.ok) return renderFailure('The details are not available just now.', details.error);
  const rows = entriesOf(details.data)
    .filter(([name]) => name !== 'id')
    .map(([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(String(value))}</td></tr>`);
  return `<table>${rows.join('')}</table>${renderServedBy(details.servedBy)}`;
}

function renderReviews(reviews: Answer): string {
  if (!reviews.ok) return renderFailure('The reviews are not available just now.', reviews.error);
  const list = valueAt(reviews.data, 'reviews');
  const items = Array.isArray(list) ? list.map(renderReview) : [];
  return `${items.join('\n')}${renderServedBy(reviews.servedBy)}`;
}

function renderReview(review: unknown): string {
  const text = escapeHtml(String(valueAt(review, 'text')));
  const reviewer = escapeHtml(String(valueAt(review, 'reviewer')));
  return `<blockquote><p>${text}</p>${renderStars(valueAt(review, 'rating'))}<cite>${reviewer}</cite></blockquote>`;
}

/** No rating at all is a version without stars; a rating with an error is a version that asked in vain. */
function renderStars(rating: unknown): string {
  if (rating === undefined) return '';
  const stars = valueAt(rating, 'stars');
  if (typeof stars !== 'number') return `<p class="failure">${escapeHtml(String(valueAt(rating, 'error')))}</p>`;
  const color = valueAt(rating, 'color') === 'red' ? 'red' : 'black';
  return `<p class="stars ${color}" title="${stars} of 5">${'★'.repeat(stars)}${'☆'.repeat(Math.max(0, 5 - stars))}</p>`;
}

function renderServedBy(pod: string): string {
  return `<p class="served">served by <code>${escapeHtml(pod)}</code></p>`;
}

function renderFailure(message: string, reason: string): string {
  return `<p class="failure">${escapeHtml(message)}<br><small>${escapeHtml(reason)}</small></p>`;
}

function entriesOf(data: unknown): [string, unknown][] {
  return typeof data === 'object' && data !== null ? Object.entries(data) : [];
}

function valueAt(data: unknown, name: string): unknown {
  return entriesOf(data).find(([key]) => key === name)?.[1];
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; color: #222; background: #f6f5f1 }
header { display: flex; justify-content: space-between; padding: .6em 2em; background: #22303c; color: #fff }
header a { color: #9fd0ff } main { max-width: 60em; margin: 1em auto; padding: 0 2em }
.columns { display: flex; gap: 2em; flex-wrap: wrap } section { flex: 1 1 20em; background: #fff; padding: 0 1.5em 1em; border-radius: 6px }
th { text-align: left; font-weight: 600; padding-right: 1.5em } blockquote { margin: 0 0 1em } blockquote p { margin: 0 }
.stars { font-size: 1.3em } .red { color: #c0392b } .black { color: #222 }
.served, footer { color: #777; font-size: .85em } .failure { color: #a33 } footer { text-align: center }
`;
