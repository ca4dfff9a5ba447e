import { compileGatewayClusters } from '../../compile/cluster/gateway.ts';
import { compileClusterLoadAssignments } from '../../compile/endpoint/load-assignments.ts';
import { compileGatewayListeners } from '../../compile/listener/gateway.ts';
import { compileGatewayRoutes } from '../../compile/route/gateway.ts';
import { compileSecrets } from '../../compile/secret/secrets.ts';
import type { Layer, ViewQuestion } from './layer.ts';

export function listRouterLayers(_question: ViewQuestion): readonly Layer[] {
  return [];
}
