import type { PodTemplate } from '../template-input.ts';
import { toGatewayPod } from './gateway.ts';
import { toGrpcAgentPod } from './grpc-agent.ts';
import { toGrpcSimplePod } from './grpc-simple.ts';
import { toSidecarPod } from './sidecar.ts';

/** Templates that are there without any text. */
export const BUILT_IN_TEMPLATES: ReadonlyMap<string, PodTemplate> = new Map([
  ['sidecar', toSidecarPod],
  ['gateway', toGatewayPod],
  ['grpc-simple', toGrpcSimplePod],
  ['grpc-agent', toGrpcAgentPod],
]);
