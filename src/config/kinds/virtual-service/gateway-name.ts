import { MESH_GATEWAY } from '../../../model/virtual-service.ts';
import type { Pointer } from '../../pointer.ts';
import type { IssueReport } from '../../report.ts';
import { listOf, text } from '../../schema/fields.ts';
import { isDnsLabel, isFqdn } from '../../schema/names.ts';

/** Gateways through which traffic comes. */
export function gatewayNames(description: string, absent: string) {
  return listOf(
    description,
    text('`mesh` for the sidecars, `name` for a Gateway of the same namespace, or `namespace/name`.'),
    { absent },
  );
}

export function checkGatewayNames(names: readonly string[] | undefined, at: Pointer, report: IssueReport): void {
  for (const [index, name] of (names ?? []).entries()) {
    const place = at.to(index);
    const parts = name.split('/');
    if (parts.length === 1) {
      if (!isFqdn(name))
        report.add(
          'GATEWAY_NAME_INVALID',
          place,
          `${place} is "${name}", expected mesh, the name of a Gateway, or namespace/name`,
        );
      else if (name.includes('.'))
        report.add(
          'FIELD_DEPRECATED',
          place,
          `${place} is "${name}", a form that has given way to "${toReference(name, '')}"`,
        );
    } else if (parts.length !== 2 || !isNamespace(parts[0]) || !isDnsLabel(parts[1] ?? '')) {
      report.add('GATEWAY_NAME_INVALID', place, `${place} is "${name}", expected namespace/name`);
    }
  }
}

function isNamespace(text = ''): boolean {
  return text === '.' || isDnsLabel(text);
}

/**
 * Completes the name of a Gateway: `mesh`, or `namespace/name`.
 * @see istio pilot/pkg/model/virtualservice.go `resolveGatewayName`
 */
export function toReference(name: string, own: string): string {
  if (name === MESH_GATEWAY) return name;
  if (name.startsWith('./')) return `${own}${name.slice(1)}`;
  if (name.includes('/')) return name;
  const [gateway = '', namespace] = name.split('.');
  return `${namespace ?? own}/${gateway}`;
}
