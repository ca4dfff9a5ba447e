import { counter, gauge } from '../../kit/metrics.ts';

/** What API servers told, under the names of istiod. */
export const configEvents = counter({
  name: 'pilot_k8s_cfg_events',
  help: 'Changes of configuration that the API server told, by kind.',
  labels: ['type', 'event'],
});

export const registryEvents = counter({
  name: 'pilot_k8s_reg_events',
  help: 'Changes of what runs in the cluster that the API server told, by kind.',
  labels: ['type', 'event'],
});

/** A kind that is not being followed shows here, and how old its objects may be. */
export const watched = gauge({
  name: 'pilothouse_kube_watched',
  help: '1 while the API server is followed for a kind, 0 while it cannot be: forbidden, absent or unreachable.',
  labels: ['cluster', 'kind'],
});

export const lastHeard = gauge({
  name: 'pilothouse_kube_last_heard_timestamp_seconds',
  help: 'When the API server last said anything about a kind, as Unix time: the age of what is served.',
  labels: ['cluster', 'kind'],
});
