import { mergeRule } from './delegate-rule.ts';
import type { Issue } from './issue.ts';
import { keyOf, type ObjectKey, objectKey } from './object.ts';
import { createInterner, createPieceReader } from './pieces.ts';
import { isVisibleFrom } from './visibility.ts';
import type { HttpRoute, VirtualService } from './virtual-service.ts';

/** VirtualServices with the rules of those they delegate to, and what was wrong with the references. */
export interface ResolvedDelegates {
  /** In the order in which they came, without the delegates: those act only through others. */
  readonly virtualServices: readonly VirtualService[];
  readonly issues: readonly Issue[];
}

interface Resolution {
  readonly merged: VirtualService;
  readonly issues: readonly Issue[];
}

interface Remembered extends Resolution {
  /** What the references led to; the answer holds while they lead there. */
  readonly delegates: readonly (VirtualService | undefined)[];
}

const lists = new WeakMap<readonly VirtualService[], ResolvedDelegates>();
const roots = new WeakMap<VirtualService, Remembered>();

/**
 * Puts the rules of delegates in the place of the rules that refer to them. A reference that leads nowhere costs its rule, and no other.
 *
 * Values keep their identity: a VirtualService that refers to none is returned as it is, and a merged one is the identical value while it and
 * its delegates are.
 * @see istio pilot/pkg/model/virtualservice_controller.go `mergeVirtualServices`
 */
export function resolveDelegates(virtualServices: readonly VirtualService[]): ResolvedDelegates {
  const known = lists.get(virtualServices);
  if (known !== undefined) return known;
  const pieces = readRoles(virtualServices);
  const delegates = new Map(pieces.flatMap((piece) => piece.delegates).map((vs) => [keyOf(vs.meta), vs]));
  const issues: Issue[] = [];
  const resolvePiece = ({ others, isPlain }: Roles) => {
    if (isPlain) return others;
    return others.map((vs) => {
      const { merged, issues: found } = isPlainRule(vs) ? { merged: vs, issues: NO_ISSUES } : resolve(vs, delegates);
      issues.push(...found);
      return merged;
    });
  };
  const resolved = { virtualServices: intern(pieces.flatMap(resolvePiece)), issues };
  lists.set(virtualServices, resolved);
  return resolved;
}

const NO_ISSUES: readonly Issue[] = [];
const intern = createInterner<VirtualService>();

/** What the VirtualServices of a piece are. */
interface Roles {
  readonly delegates: readonly VirtualService[];
  readonly others: readonly VirtualService[];
  /** Whether none of the others refers to a delegate, as nearly always. */
  readonly isPlain: boolean;
}

const readRoles = createPieceReader((piece: readonly VirtualService[]): Roles => {
  const others = piece.filter((vs) => !isDelegate(vs));
  return { delegates: piece.filter(isDelegate), others, isPlain: others.every(isPlainRule) };
});

function isPlainRule(vs: VirtualService): boolean {
  return vs.http.every(({ action }) => action.kind !== 'delegate');
}

/** Nobody asks for a VirtualService without hosts by itself. */
function isDelegate(vs: VirtualService): boolean {
  return vs.hosts.length === 0;
}

function resolve(root: VirtualService, delegates: ReadonlyMap<ObjectKey, VirtualService>): Resolution {
  const found = root.http.flatMap((rule) =>
    rule.action.kind === 'delegate' ? [delegates.get(keyTo(rule.action))] : [],
  );
  const known = roots.get(root);
  if (known?.delegates.every((delegate, i) => delegate === found[i])) return known;
  const fresh = { ...merge(root, delegates), delegates: found };
  roots.set(root, fresh);
  return fresh;
}

function keyTo({ namespace, name }: { readonly namespace: string; readonly name: string }): ObjectKey {
  return objectKey('VirtualService', namespace, name);
}

function merge(root: VirtualService, delegates: ReadonlyMap<ObjectKey, VirtualService>): Resolution {
  const issues: Issue[] = [];
  const used = new Set<ObjectKey>();
  const http = root.http.flatMap((rule, position) => {
    if (rule.action.kind !== 'delegate') return [rule];
    const key = keyTo(rule.action);
    const delegate = delegates.get(key);
    const problem = findObstacle(root, key, delegate);
    if (problem !== undefined) issues.push(toIssue(root, position, problem));
    if (delegate === undefined || problem !== undefined) return [];
    used.add(key);
    return mergeRules({ root, rule, position }, delegate, issues);
  });
  return { merged: { ...root, http, delegates: [...used] }, issues };
}

interface Reference {
  readonly root: VirtualService;
  readonly rule: HttpRoute;
  readonly position: number;
}

function mergeRules(
  { root, rule, position }: Reference,
  delegate: VirtualService,
  issues: Issue[],
): readonly HttpRoute[] {
  return delegate.http.flatMap((inner, i) => {
    const where = `rule ${inner.name ?? i} of ${keyOf(delegate.meta)}`;
    if (inner.action.kind === 'delegate') {
      issues.push(
        toIssue(root, position, {
          code: 'VS_DELEGATE_NESTED',
          message: `${where} delegates further, which is ignored`,
        }),
      );
      return [];
    }
    const merged = mergeRule(rule, inner);
    if (merged !== undefined) return [merged];
    const message = `${where} matches requests that the delegating rule does not match, and is ignored`;
    issues.push(toIssue(root, position, { code: 'VS_DELEGATE_CONFLICT', message }));
    return [];
  });
}

type Problem = Pick<Issue, 'code' | 'message'>;

function findObstacle(root: VirtualService, key: ObjectKey, delegate: VirtualService | undefined): Problem | undefined {
  if (delegate === undefined)
    return { code: 'VS_DELEGATE_UNKNOWN', message: `there is no ${key} without hosts to delegate to` };
  if (isVisibleFrom(delegate.visibility, delegate.meta.namespace, root.meta.namespace)) return undefined;
  return { code: 'VS_DELEGATE_NOT_EXPORTED', message: `${key} is not exported to namespace "${root.meta.namespace}"` };
}

function toIssue({ meta }: VirtualService, position: number, problem: Problem): Issue {
  const path = ['spec', 'http', position, 'delegate'];
  return { severity: 'warning', path, object: keyOf(meta), origin: meta.origin, ...problem };
}
