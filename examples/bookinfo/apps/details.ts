// Facts about the book.
import { serve, workloadOf } from './service.ts';

const BOOK = {
  author: 'William Shakespeare',
  year: 1595,
  type: 'paperback',
  pages: 200,
  publisher: 'Loopback Press',
  language: 'English',
  'ISBN-10': '1234567890',
  'ISBN-13': '123-1234567890',
};

serve(workloadOf('details'), {
  '/details/': ({ url }) => {
    const id = Number(url.pathname.slice('/details/'.length));
    return Number.isInteger(id) ? { body: { id, ...BOOK } } : { status: 400, body: { error: 'which product?' } };
  },
});
