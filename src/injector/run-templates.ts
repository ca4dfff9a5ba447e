import { findContainer, listContainers, withContainers } from './containers.ts';
import { injectFault } from './fault.ts';
import type { InjectionConfig } from './injection-config.ts';
import { findText, type JsonObject } from './json.ts';
import { ANNOTATION, CONTAINER } from './names.ts';
import { overlayPod } from './overlay/strategic-merge.ts';
import type { TemplateInput } from './template-input.ts';

/** What the templates of a pod make. */
interface Rendered {
  /** The pod as it came, with the templates over it. */
  readonly merged: JsonObject;
  /** The templates over nothing. */
  readonly templatePod: JsonObject;
}

/**
 * Lays each template that a pod wants over it, in order.
 * @throws Fault `INJECT_POD_REFUSED` for a template that is not there, and what the templates throw.
 * @see istio pkg/kube/inject/inject.go `RunTemplate`
 */
export function runTemplates(pod: JsonObject, input: TemplateInput, config: InjectionConfig): Rendered {
  let merged = pod;
  let templatePod: JsonObject = {};
  for (const name of listTemplates(pod, config)) {
    const template = config.templates.get(name);
    if (template === undefined) {
      const known = [...config.templates.keys()].sort().join(', ');
      throw injectFault('INJECT_POD_REFUSED', `requested template "${name}" not found; have ${known}`);
    }
    const overlay = template(input);
    templatePod = overlayPod(templatePod, overlay);
    merged = overlayPod(followTemplate(merged, templatePod, input), overlay);
  }
  return { merged, templatePod };
}

function listTemplates(pod: JsonObject, config: InjectionConfig): readonly string[] {
  const annotated = findText(pod, 'metadata', 'annotations', ANNOTATION.templates);
  const names = annotated === undefined ? config.defaultTemplates : annotated.split(',').map((name) => name.trim());
  return names.flatMap((name) => (Object.hasOwn(config.aliases, name) ? (config.aliases[name] ?? []) : [name]));
}

/** Where the proxy runs among the init containers, the author's version of it, written among the others, follows it there. */
function followTemplate(pod: JsonObject, templatePod: JsonObject, input: TemplateInput): JsonObject {
  const annotated = findText(pod, 'metadata', 'annotations', ANNOTATION.nativeSidecar);
  const isNative = annotated === 'true' || (annotated !== 'false' && input.nativeSidecars);
  const containers = listContainers(pod, 'containers');
  const proxy = findContainer(containers, CONTAINER.proxy);
  const isInit = findContainer(listContainers(templatePod, 'initContainers'), CONTAINER.proxy) !== undefined;
  if (!isNative || !isInit || proxy === undefined) return pod;
  const others = containers.filter((container) => container !== proxy);
  const inits = [...listContainers(pod, 'initContainers'), proxy];
  return withContainers(withContainers(pod, 'containers', others), 'initContainers', inits);
}
