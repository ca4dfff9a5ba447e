import { counter, gauge } from '../../kit/metrics.ts';

/** Statuses that were written. */
export const writes = counter({
  name: 'pilothouse_status_writes',
  help: 'Statuses that were written to objects of the API server.',
});

/** Statuses that could not be written, and are tried again. */
export const failures = counter({
  name: 'pilothouse_status_failures',
  help: 'Statuses that could not be written and are tried again.',
});

/** Statuses that wait. */
export const waiting = gauge({
  name: 'pilothouse_status_waiting',
  help: 'Objects whose status is different from what is written on them.',
});
