import type { HostPattern } from '../../model/sidecar.ts';
import type { CheckInput } from '../define-kind.ts';
import type { Pointer } from '../pointer.ts';
import { isDnsLabel, isWildcardDomain } from '../schema/names.ts';

/** The hosts of one egress listener: their form, and what is said twice. */
export function checkEgressHosts(hosts: readonly string[], at: Pointer, { report }: CheckInput): void {
  const patterns: string[] = [];
  for (const [index, written] of hosts.entries()) {
    const place = at.to(index);
    if (!isHostPattern(written)) {
      report.add(
        'SIDECAR_HOST_INVALID',
        place,
        `${place} is "${written}", expected namespace/host, where the namespace may be "*", "." or begin with "~", and the host "*" or begin with "*."`,
      );
      continue;
    }
    const { namespace, host, not } = parseHostPattern(written);
    const pattern = `${not ? '~' : ''}${namespace}/${host}`;
    const other = patterns.find((earlier) => earlier === pattern || (!not && earlier === `${namespace}/*`));
    if (other !== undefined)
      report.add('SIDECAR_HOST_REPEATED', place, `${place} is "${written}", which "${other}" already covers`);
    patterns.push(pattern);
  }
  const positive = patterns.filter((pattern) => !pattern.startsWith('~'));
  if (positive.includes('*/*') && positive.length > 1)
    report.add('SIDECAR_HOST_REPEATED', at, `${at} has "*/*", which already covers every other host`);
}

/** `~/*` is "nothing at all", and `~` before a namespace leaves hosts out. */
function isHostPattern(text: string): boolean {
  const [namespace = '', host, ...rest] = text.split('/');
  if (host === undefined || rest.length > 0) return false;
  const own = namespace.startsWith('~') ? namespace.slice(1) : namespace;
  const isNamespace = own === '*' || own === '.' || (own === '' && namespace === '~') || isDnsLabel(own);
  return isNamespace && (host === '*' || isWildcardDomain(host));
}

/** `.` stays as it is: in a Sidecar of the root namespace it is another namespace for each workload. */
export function parseHostPattern(text: string): HostPattern {
  const slash = text.indexOf('/');
  const not = text.startsWith('~');
  const namespace = text.slice(not ? 1 : 0, slash);
  return { namespace: namespace || '*', host: text.slice(slash + 1), not };
}
