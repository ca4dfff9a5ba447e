import type { KubeObject } from '../../kube/object.ts';
import type { SourceGroup } from '../source.ts';

const LABEL = 'istio.io/rev';

/** What a filter comes to: groups to tell, and groups that are to be gone. */
export interface Filtered {
  readonly groups: readonly SourceGroup[];
  readonly removed: readonly string[];
}

/**
 * Keeps out configuration that is meant for the control plane of another revision: what is labelled with a revision counts for it alone, or for
 * the tags that point to it. What is not labelled counts for all.
 * @see istio pkg/config/model.go `LabelsInRevisionOrTags`
 */
export class RevisionFilter {
  readonly #revision: string;
  #tags: ReadonlySet<string> = new Set();
  /** Every labelled group, shown or not: tags move. */
  readonly #labelled = new Map<string, { readonly group: SourceGroup; readonly revision: string }>();

  /** @param revision Empty, every revision's configuration is taken. */
  constructor(revision: string) {
    this.#revision = revision;
  }

  /** Takes a group as it is now. */
  put(group: SourceGroup, { metadata: { labels } }: KubeObject): Filtered {
    const revision = labels?.[LABEL];
    if (revision === undefined || this.#revision === '') {
      this.#labelled.delete(group.id);
      return { groups: [group], removed: [] };
    }
    const known = this.#labelled.get(group.id);
    // An object without a label before was told, too.
    const wasTold = known === undefined || this.#isMine(known.revision);
    this.#labelled.set(group.id, { group, revision });
    if (this.#isMine(revision)) return { groups: [group], removed: [] };
    return { groups: [], removed: wasTold ? [group.id] : [] };
  }

  remove(id: string): Filtered {
    const known = this.#labelled.get(id);
    this.#labelled.delete(id);
    return { groups: [], removed: known === undefined || this.#isMine(known.revision) ? [id] : [] };
  }

  /** Takes the tags that point to the revision now. */
  setTags(tags: ReadonlySet<string>): Filtered {
    const before = [...this.#labelled.values()].map((labelled) => ({
      ...labelled,
      was: this.#isMine(labelled.revision),
    }));
    this.#tags = tags;
    return {
      groups: before.filter(({ revision, was }) => !was && this.#isMine(revision)).map(({ group }) => group),
      removed: before.filter(({ revision, was }) => was && !this.#isMine(revision)).map(({ group }) => group.id),
    };
  }

  #isMine(revision: string): boolean {
    return revision === this.#revision || this.#tags.has(revision);
  }
}
