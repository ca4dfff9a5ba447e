import { EARLIER, serviceEntry } from './objects.ts';

/** An external host with `ports` (items of a list in YAML), at `address` or nowhere. */
export function externalHost(name: string, ports: string, address = '', created = EARLIER): string {
  const addresses = address === '' ? '' : `addresses: ['${address}'],`;
  const endpoints = 'resolution: STATIC, endpoints: [{ address: 10.50.0.1 }]';
  const spec = `{ hosts: [${name}], ${addresses} ${endpoints}, ports: [${ports}] }`;
  return serviceEntry(name.replaceAll('.', '-'), spec, { created });
}
