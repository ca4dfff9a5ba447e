import type {
  envoy_config_cluster_v3_OutlierDetection,
  envoy_config_common_matcher_v3_MatchPredicate,
} from '../../gen/messages.ts';
import type { OutlierDetection } from '../../model/traffic-policy.ts';
import { durationOf, uint32Of } from '../wire.ts';

/** What is not asked for is not enforced: Envoy would eject hosts by their success rate too. */
const NEVER = uint32Of(0);

/**
 * Compiles which hosts are taken out for a while.
 * @see istio pilot/pkg/networking/core/cluster_traffic_policy.go `applyOutlierDetection`
 */
export function compileOutlierDetection(outlier: OutlierDetection): envoy_config_cluster_v3_OutlierDetection {
  const { consecutive5xxErrors, consecutiveGatewayErrors, intervalMs, baseEjectionTimeMs, maxEjectionPercent } =
    outlier;
  return {
    enforcing_success_rate: NEVER,
    ...(consecutive5xxErrors !== undefined && {
      consecutive_5xx: uint32Of(consecutive5xxErrors),
      enforcing_consecutive_5xx: enforcedIf(consecutive5xxErrors > 0),
    }),
    ...(consecutiveGatewayErrors !== undefined && {
      consecutive_gateway_failure: uint32Of(consecutiveGatewayErrors),
      enforcing_consecutive_gateway_failure: enforcedIf(consecutiveGatewayErrors > 0),
    }),
    ...(outlier.splitExternalLocalOriginErrors && compileLocalOrigin(outlier.consecutiveLocalOriginFailures)),
    ...(intervalMs !== undefined && { interval: durationOf(intervalMs) }),
    ...(baseEjectionTimeMs !== undefined && { base_ejection_time: durationOf(baseEjectionTimeMs) }),
    ...(maxEjectionPercent && { max_ejection_percent: uint32Of(maxEjectionPercent) }),
  };
}

function compileLocalOrigin(failures = 0): envoy_config_cluster_v3_OutlierDetection {
  return {
    split_external_local_origin_errors: true,
    enforcing_local_origin_success_rate: NEVER,
    ...(failures > 0 && {
      consecutive_local_origin_failure: uint32Of(failures),
      enforcing_consecutive_local_origin_failure: enforcedIf(true),
    }),
  };
}

function enforcedIf(isEnforced: boolean) {
  return uint32Of(isEnforced ? 100 : 0);
}

/** Which responses count as errors; `undefined` keeps Envoy's idea, 5xx. */
export function compileErrorMatcher(
  codes: readonly string[],
): envoy_config_common_matcher_v3_MatchPredicate | undefined {
  const [first, ...rest] = codes.map(matchStatus);
  if (first === undefined) return undefined;
  return rest.length === 0 ? first : { or_match: { rules: [first, ...rest] } };
}

function matchStatus(code: string): envoy_config_common_matcher_v3_MatchPredicate {
  return { http_response_headers_match: { headers: [{ name: ':status', string_match: { exact: code } }] } };
}
