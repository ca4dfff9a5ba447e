import type { ParseContext } from '../../config/context.ts';
import { parseObject } from '../../config/parse-object.ts';
import { ConfigDocument } from '../../config/read/config-document.ts';
import type { Issue } from '../../model/issue.ts';
import { compareText, type ObjectKey, toPlace } from '../../model/object.ts';
import { REMOTE_KINDS } from '../remote-kinds.ts';
import type { RawObject, SourceGroup } from '../source.ts';
import { ObjectAges } from './object-ages.ts';
import { compareDeclarations, type Declaration, duplicateOf, findMisnamed, findUnreadable } from './declaration.ts';

/** A group of a source, read. */
interface ReadGroup {
  readonly source: number;
  readonly id: string;
  readonly declarations: readonly Declaration[];
  readonly issues: readonly Issue[];
}

/** What taking a group came to. */
export interface DeclarationsChange {
  /** Objects that are declared differently now. */
  readonly keys: ReadonlySet<ObjectKey>;
  /** What was wrong, in the group and with the objects it declares or declared; and what is wrong with them now. */
  readonly issuesBefore: readonly Issue[];
  readonly issues: readonly Issue[];
  /** Errors of texts that are new: worth saying again even when the text before had the same. */
  readonly fresh: ReadonlySet<Issue>;
}

/** The settings that the objects of a source are read with. */
export type ContextOf = (source: number) => ParseContext;

/**
 * All places where objects are written, and what was read there. Text that did not change is not read again. Several declarations of one
 * object are ordered; the first counts.
 */
export class Declarations {
  readonly #groups = new Map<string, ReadGroup>();
  readonly #byKey = new Map<ObjectKey, readonly Declaration[]>();
  readonly #contextOf: ContextOf;
  readonly #ages = new ObjectAges();
  /** Declared nowhere any more, unless they only moved: that is clear when the turn ends. */
  readonly #gone = new Set<ObjectKey>();

  constructor(contextOf: ContextOf) {
    this.#contextOf = contextOf;
  }

  /** Begins a turn: what is declared first in it is of one age, and what was gone at the end of the last is forgotten. */
  begin(nowMs: number): void {
    for (const key of this.#gone) if (!this.#byKey.has(key)) this.#ages.forget(key);
    this.#gone.clear();
    this.#ages.begin(nowMs);
  }

  /** Every object that is declared anywhere. */
  keys(): IterableIterator<ObjectKey> {
    return this.#byKey.keys();
  }

  /** The declaration of an object that counts. */
  find(key: ObjectKey): Declaration | undefined {
    return this.#byKey.get(key)?.[0];
  }

  /** What is wrong anywhere, in the order of places. */
  listIssues(): readonly Issue[] {
    return [...[...this.#groups.values()].flatMap(listOwnIssues), ...this.#listDuplicates(this.#byKey.keys())].sort(
      (a, b) => compareText(fileOf(a), fileOf(b)) || lineOf(a) - lineOf(b),
    );
  }

  /** Objects that are declared nowhere now, and count all the same because of this issue: it may be one of them that it is about. */
  listKeptBy(issue: Issue): readonly ObjectKey[] {
    for (const { declarations } of this.#groups.values()) {
      if (declarations.some((one) => !one.isKept && (findUnreadable(one) ?? findMisnamed(one)) === issue))
        return declarations.flatMap(({ isKept, key }) => (isKept && key && this.find(key)?.isKept ? key : [])).sort();
    }
    return [];
  }

  /** The groups of a source. */
  groupsOf(source: number): readonly string[] {
    return [...this.#groups.values()].flatMap((group) => (group.source === source ? [group.id] : []));
  }

  /** Takes a group as it is now; without `group`, it is gone. */
  put(source: number, id: string, group: SourceGroup | undefined): DeclarationsChange {
    const slot = `${source} ${id}`;
    const known = this.#groups.get(slot);
    const before = known?.declarations ?? [];
    const after = group ? this.#read(source, group, before) : [];
    const keys = listTouched(before, after);
    const issuesBefore = [...listOwnIssues(known), ...this.#listDuplicates(keys)];
    const next = group && { source, id, declarations: after, issues: group.issues };
    if (next) this.#groups.set(slot, next);
    else this.#groups.delete(slot);
    this.#replace(keys, before, after);
    const issues = [...listOwnIssues(next), ...this.#listDuplicates(keys)];
    return { keys, issuesBefore, issues, fresh: listFreshErrors(before, after) };
  }

  /** Reads everything again, because the settings that shape reading changed. */
  reread(): ReadonlySet<ObjectKey> {
    const touched = new Set<ObjectKey>();
    for (const [slot, group] of this.#groups) {
      const declarations = group.declarations.map((declaration) =>
        declaration.isKept ? declaration : this.#parse(declaration.raw, declaration.position),
      );
      this.#groups.set(slot, { ...group, declarations });
      const keys = listTouched(group.declarations, declarations);
      this.#replace(keys, group.declarations, declarations);
      for (const key of keys) touched.add(key);
    }
    return touched;
  }

  #read(source: number, { id, objects }: SourceGroup, before: readonly Declaration[]): readonly Declaration[] {
    const known = new Map(
      before.filter(({ isKept }) => !isKept).map((declaration) => [identityOf(declaration.raw), declaration]),
    );
    const declarations = objects.map((raw, index) => {
      const position = { source, group: id, index };
      const same = known.get(identityOf(raw));
      return same ? moveTo(same, raw, position) : this.#parse(raw, position);
    });
    return [...declarations, ...listKept(before, declarations)];
  }

  #parse(raw: RawObject, position: Declaration['position']): Declaration {
    const context = { ...this.#contextOf(position.source), firstSeenMs: (named: ObjectKey) => this.#ages.of(named) };
    const { key, object, issues } = parseObject(raw, context);
    if (context.cluster !== undefined && !isRemoteKind(key)) return { issues: [], raw, position, isKept: false };
    const isNamed = key !== undefined && !key.endsWith('/');
    return { issues, raw, position, isKept: false, ...(isNamed && { key }), ...(isNamed && object && { object }) };
  }

  #replace(keys: Iterable<ObjectKey>, before: readonly Declaration[], after: readonly Declaration[]): void {
    const known = new Set(before);
    const own = Map.groupBy(after, ({ key }) => key);
    for (const key of keys) {
      const others = (this.#byKey.get(key) ?? []).filter((declaration) => !known.has(declaration));
      const all = [...others, ...(own.get(key) ?? [])].sort(compareDeclarations);
      if (all.length > 0) this.#byKey.set(key, all);
      else {
        this.#byKey.delete(key);
        this.#gone.add(key);
      }
    }
  }

  #listDuplicates(keys: Iterable<ObjectKey>): readonly Issue[] {
    return [...keys].flatMap((key) => {
      const [winner, ...losers] = this.#byKey.get(key) ?? [];
      return winner ? losers.map((loser) => duplicateOf(winner, loser)) : [];
    });
  }
}

/** What is none of a mesh's objects in another cluster is nobody's mistake, either. */
function isRemoteKind(key: ObjectKey | undefined): boolean {
  return key !== undefined && REMOTE_KINDS.some((kind) => key.startsWith(`${kind}/`));
}

function listOwnIssues(group: ReadGroup | undefined): readonly Issue[] {
  return group ? [...group.issues, ...group.declarations.flatMap(({ isKept, issues }) => (isKept ? [] : issues))] : [];
}

function listFreshErrors(before: readonly Declaration[], after: readonly Declaration[]): ReadonlySet<Issue> {
  const known = new Set(before.map(({ raw }) => identityOf(raw)));
  const fresh = after.filter(({ raw }) => !known.has(identityOf(raw)));
  return new Set(fresh.flatMap(({ issues }) => issues).filter(({ severity }) => severity === 'error'));
}

/** Objects that either list declares and the other does not declare in the identical way. */
function listTouched(before: readonly Declaration[], after: readonly Declaration[]): ReadonlySet<ObjectKey> {
  const old = new Set(before);
  const now = new Set(after);
  const different = [
    ...before.filter((declaration) => !now.has(declaration)),
    ...after.filter((declaration) => !old.has(declaration)),
  ];
  return new Set(different.flatMap(({ key }) => key ?? []));
}

/** Equal for texts that are read to equal objects; objects of an API server only equal themselves. */
function identityOf(raw: RawObject): unknown {
  return raw instanceof ConfigDocument ? raw.identity : raw;
}

/** The same declaration at another place: lines above it came or went. */
function moveTo(declaration: Declaration, raw: RawObject, position: Declaration['position']): Declaration {
  const isText = raw instanceof ConfigDocument && declaration.raw instanceof ConfigDocument;
  const lines = isText ? raw.line - declaration.raw.line : 0;
  if (lines === 0 && declaration.position.index === position.index) return declaration;
  const issues = lines === 0 ? declaration.issues : declaration.issues.map((issue) => moveIssue(issue, lines));
  return { ...declaration, raw, position, issues };
}

function moveIssue(issue: Issue, lines: number): Issue {
  return issue.origin?.kind === 'file'
    ? { ...issue, origin: { ...issue.origin, line: issue.origin.line + lines } }
    : issue;
}

/** Objects that the group declared before, that no part of it declares now, and that one without a right name may have been meant to be. */
function listKept(before: readonly Declaration[], after: readonly Declaration[]): readonly Declaration[] {
  const misnamed = after.filter(findMisnamed);
  const isUnreadable = after.some(findUnreadable);
  if (misnamed.length === 0 && !isUnreadable) return [];
  // What stood beside an object before is not what became of it.
  const old = new Set(before.map(({ raw }) => identityOf(raw)));
  const mayBeAny = isUnreadable || misnamed.some(({ raw }) => !old.has(identityOf(raw)));
  const keys = new Set(after.map(({ key }) => key));
  return before
    .filter((declaration) => (mayBeAny || declaration.isKept) && isNamed(declaration) && !keys.has(declaration.key))
    .map((declaration) => ({ ...declaration, isKept: true }));
}

function isNamed(declaration: Declaration): boolean {
  return declaration.key !== undefined && !findMisnamed(declaration);
}

function fileOf({ origin }: Issue): string {
  return origin?.kind === 'file' ? origin.file : origin ? toPlace(origin) : '';
}

function lineOf({ origin }: Issue): number {
  return origin?.kind === 'file' ? origin.line : 0;
}
