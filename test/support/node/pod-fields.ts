import type { Container, PodObject } from './pod-object.ts';

/** A field of a pod that its containers are told. @see Kubernetes' downward API */
export function readPodField(pod: PodObject, fieldPath: string): string {
  const { metadata, spec, status } = pod;
  const member = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (member !== null)
    return (member[1] === 'labels' ? metadata.labels : metadata.annotations)?.[member[2] ?? ''] ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace;
    case 'metadata.uid':
      return metadata.uid ?? '';
    case 'metadata.labels':
      return toLines(metadata.labels);
    case 'metadata.annotations':
      return toLines(metadata.annotations);
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? 'default';
    case 'spec.nodeName':
      return 'node';
    case 'status.podIP':
    case 'status.podIPs':
      return status?.podIP ?? '';
    case 'status.hostIP':
      return '10.244.0.1';
    default:
      throw new Error(`this node knows no field ${fieldPath}`);
  }
}

function toLines(entries: Readonly<Record<string, string>> = {}): string {
  return Object.entries(entries)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}\n`)
    .join('');
}

/** The environment of a container; `$(NAME)` in a value is what was said of it before. */
export function toEnvironment(pod: PodObject, container: Container): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const { name, value = '', valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef !== undefined) env[name] = readPodField(pod, valueFrom.fieldRef.fieldPath);
    // No limits hold here: a node of one core and plenty of memory.
    else if (valueFrom?.resourceFieldRef !== undefined)
      env[name] = valueFrom.resourceFieldRef.resource.endsWith('cpu') ? '1' : String(2 ** 30);
    else env[name] = value.replace(/\$\(([A-Za-z_]\w*)\)/g, (whole, other: string) => env[other] ?? whole);
  }
  return env;
}
