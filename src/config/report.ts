import type { Issue } from '../model/issue.ts';
import type { ObjectKey, Origin } from '../model/object.ts';
import { CODES, type IssueCode } from './codes.ts';
import type { Path } from './path.ts';
import { Pointer } from './pointer.ts';
import type { FieldPart } from './read/find-place.ts';

/** Issues beyond this many help nobody: the text is something else altogether. */
const MAX_ISSUES = 50;

/** Where an object came from, as far as its issues need to know. */
export interface IssueSource {
  originOf(path: Path, part: FieldPart): Origin;
}

/** The issues of one object, collected while it is read. */
export class IssueReport {
  readonly #issues: Issue[] = [];
  readonly #source: IssueSource;
  #object: ObjectKey | undefined;
  #errors = 0;

  constructor(source: IssueSource) {
    this.#source = source;
  }

  /** In the order in which a reader of the text meets them. */
  get issues(): readonly Issue[] {
    return this.#issues.toSorted((a, b) => comparePlaces(a.origin, b.origin));
  }

  /** The object that the issues are about, once its name is known. */
  name(object: ObjectKey): void {
    this.#object = object;
  }

  /** Whether further issues would not be kept. */
  get isFull(): boolean {
    return this.#issues.length >= MAX_ISSUES;
  }

  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  /**
   * @param part Whether the issue is about the field's name or about what is written behind it.
   * @param origin Where it is, when that is known better than by the path.
   */
  add(code: IssueCode, at: Path | Pointer, message: string, part: FieldPart = 'value', origin?: Origin): void {
    const { severity } = CODES[code];
    if (severity === 'error') this.#errors++;
    if (this.isFull) return;
    const path = at instanceof Pointer ? at.toPath() : at;
    this.#issues.push({
      severity,
      code,
      path,
      message,
      ...(this.#object === undefined ? {} : { object: this.#object }),
      origin: origin ?? this.#source.originOf(path, part),
    });
  }
}

function comparePlaces(a: Origin | undefined, b: Origin | undefined): number {
  return a?.kind === 'file' && b?.kind === 'file' ? a.line - b.line || a.column - b.column : 0;
}
