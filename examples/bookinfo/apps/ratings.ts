// How many stars each reviewer gave.
import { serve, workloadOf } from './service.ts';

serve(workloadOf('ratings'), {
  '/ratings/': ({ url }) => {
    const id = Number(url.pathname.slice('/ratings/'.length));
    if (!Number.isInteger(id)) return { status: 400, body: { error: 'which product?' } };
    return { body: { id, ratings: { Reviewer1: 5, Reviewer2: 4 } } };
  },
});
