import type { Resource } from '../../kube/resource.ts';

/** Labels of what makes a tag: its name, and the revision that it points to. */
export const TAG_LABEL = 'istio.io/tag';
const REVISION_LABEL = 'istio.io/rev';

/** A tag is made by a webhook configuration or, in newer installations, by a Service. */
export const TAG_RESOURCES: readonly Resource[] = [
  {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: 'mutatingwebhookconfigurations',
    kind: 'MutatingWebhookConfiguration',
    namespaced: false,
  },
  { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true },
];

/** Labels of an object; nothing of it but these is needed to know a tag. */
export type Labels = Readonly<Record<string, string>>;

/** The tags of a revision, from all that makes tags. */
export class RevisionTags {
  readonly #revision: string;
  readonly #labels = new Map<string, Labels>();

  constructor(revision: string) {
    this.#revision = revision;
  }

  put(id: string, labels: Labels): void {
    this.#labels.set(id, labels);
  }

  remove(id: string): void {
    this.#labels.delete(id);
  }

  /** Names of tags that point to the revision. */
  list(): ReadonlySet<string> {
    const mine = [...this.#labels.values()].filter((labels) => labels[REVISION_LABEL] === this.#revision);
    return new Set(mine.flatMap((labels) => labels[TAG_LABEL] ?? []));
  }
}
