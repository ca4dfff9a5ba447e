import { listAt, textAt } from '../json.ts';
import type { TemplateInput } from '../template-input.ts';
import { findAnnotation, labelOf } from './setting.ts';

/**
 * Attributes of the workload in OpenTelemetry's words, where a provider of the mesh wants them; empty otherwise.
 * @see istio pkg/kube/inject/template.go `otelResourceAttributes`
 */
export function toOtelAttributes(input: TemplateInput): string {
  const wants = listAt(input.mesh, 'extensionProviders').some(
    (provider) => textAt(provider, 'opentelemetry', 'serviceAttributeEnrichment') === 'OTEL_SEMANTIC_CONVENTIONS',
  );
  if (!wants) return '';
  const { namespace } = input.workload;
  const containers = listAt(input.pod, 'spec', 'containers');
  const [first] = containers;
  const version =
    labelOf(input, 'app.kubernetes.io/version') || (containers.length === 1 ? toVersion(textAt(first, 'image')) : '');
  const attributes = {
    'service.namespace': namespace,
    'service.version': version,
    // The pod's name is not known yet: Kubernetes fills it in.
    'service.instance.id': first === undefined ? '' : `${namespace}.$(POD_NAME).${textAt(first, 'name')}`,
  };
  const said = Object.entries(attributes).map(([name, value]) => {
    const annotated = findAnnotation(input, `resource.opentelemetry.io/${name}`);
    return [name, annotated || value];
  });
  return said
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

/** Tag and digest of an image. */
function toVersion(image: string): string {
  const [name = '', digest = ''] = image.split(/@(.*)/s);
  const tag = name.lastIndexOf(':') > name.lastIndexOf('/') ? name.slice(name.lastIndexOf(':') + 1) : '';
  return [tag, digest].filter((part) => part !== '').join('@');
}
