/** Objects that meshes of sample pods share: a shop whose services are called by each other and through a gateway. */

const serviceOf = (name: string, namespace: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec,
});

/** A service of the pods that bear its name. */
export function shopService(name: string, ports: readonly object[], settings: object = {}): object {
  return serviceOf(name, 'shop', { selector: { app: name }, ports, ...settings });
}

const HTTP = { name: 'http', port: 80, targetPort: 8080 };

export const SHOP = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };

export const MESH_OBJECTS: readonly object[] = [
  SHOP,
  shopService('reviews', [HTTP, { name: 'tcp', port: 9000 }]),
  shopService('ratings', [{ name: 'http', port: 8080 }], { clusterIP: 'None' }),
  shopService('legacy', [HTTP]),
  shopService('votes', [HTTP]),
  serviceOf('istio-ingressgateway', 'istio-system', { selector: { istio: 'ingressgateway' }, ports: [HTTP] }),
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'front', namespace: 'shop' },
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['shop.example'] }],
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'front', namespace: 'shop' },
    spec: {
      hosts: ['shop.example'],
      gateways: ['front'],
      http: [{ route: [{ destination: { host: 'reviews', port: { number: 80 } } }] }],
    },
  },
];
