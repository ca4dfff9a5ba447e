/** The part of a retry policy that keeps a retry from the host that failed. */
export const PREVIOUS_HOSTS = {
  retry_host_predicate: [
    {
      name: 'envoy.retry_host_predicates.previous_hosts',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
      },
    },
  ],
};

/** The other parts of the policy of who asks for none. */
export const RETRIES = {
  retry_on: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
  num_retries: 2,
  host_selection_retry_max_attempts: '5',
};
