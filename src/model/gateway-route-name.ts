/*
 * RDS names of a gateway's servers. They are the mesh's own vocabulary too: merging Gateways means deciding which servers share one.
 */

/** `http.8080`, `http.8080.127.0.0.1`: by the port the gateway listens on. */
export function gatewayHttpRouteName(listenPort: number, bind: string): string {
  return bind === '' ? `http.${listenPort}` : `http.${listenPort}.${bind}`;
}

/** `https.443.https.gateway.namespace`: by what the Gateway declares, because each TLS server has its own routes. */
export function gatewayHttpsRouteName(server: {
  readonly number: number;
  readonly portName: string;
  readonly gateway: string;
  readonly namespace: string;
  readonly bind: string;
}): string {
  const name = `https.${server.number}.${server.portName}.${server.gateway}.${server.namespace}`;
  return server.bind === '' ? name : `${name}.${server.bind}`;
}
