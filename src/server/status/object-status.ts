import { unreachable } from '../../kit/unreachable.ts';
import type { Fate, Severity } from '../../model/issue.ts';

/** Something that the author of an object should hear. */
export interface StatusMessage {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
}

/** What is to be told of one object. */
export interface Verdict {
  readonly fate: Fate;
  /** What is wrong with it, or worth knowing. */
  readonly messages: readonly StatusMessage[];
  /** The generation that this is about. */
  readonly generation: number;
}

/** One condition, without its times: those follow from what was there before. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** A message as analyses of Istio write it. */
export interface ValidationMessage {
  readonly type: { readonly name: string; readonly code: string };
  readonly level: 'ERROR' | 'WARNING' | 'INFO';
  readonly message: string;
}

/** Our part of an object's status, in the shape of IstioStatus. */
export interface ObjectStatus {
  readonly conditions: readonly Condition[];
  readonly validationMessages: readonly ValidationMessage[];
  readonly observedGeneration: number;
}

/** The types of conditions that are ours. */
export const OUR_CONDITIONS: readonly string[] = ['PassedValidation', 'Applied'];

/** More of them help nobody; the rest is in the log and on the debug pages. */
const MAX_MESSAGES = 20;
const MAX_LENGTH = 2048;

const LEVELS = { error: 'ERROR', warning: 'WARNING', info: 'INFO' } as const;

/** Puts a verdict into the words of IstioStatus. Equal verdicts give equal statuses. */
export function toObjectStatus({ fate, messages, generation }: Verdict): ObjectStatus {
  return {
    conditions: [toPassedValidation(messages), { type: 'Applied', ...toApplied(fate) }],
    validationMessages: messages.slice(0, MAX_MESSAGES).map(toValidationMessage),
    observedGeneration: generation,
  };
}

function toPassedValidation(messages: readonly StatusMessage[]): Condition {
  const type = 'PassedValidation';
  const errors = messages.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first !== undefined) {
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    return { type, status: 'False', reason: 'Invalid', message: cut(`${first.code}: ${first.message}${more}`) };
  }
  const warnings = messages.filter(({ severity }) => severity === 'warning').length;
  if (warnings === 0) return { type, status: 'True', reason: 'Valid', message: 'no errors found' };
  return { type, status: 'True', reason: 'Warnings', message: `${warnings} warnings in status.validationMessages` };
}

function toApplied(fate: Fate): Omit<Condition, 'type'> {
  switch (fate.kind) {
    case 'applied':
      return { status: 'True', reason: 'Applied', message: 'in force as it is written' };
    case 'partly-applied':
      return { status: 'True', reason: 'PartlyApplied', message: cut(fate.because) };
    case 'shadowed':
      return { status: 'False', reason: 'Shadowed', message: cut(`by ${fate.by}: ${fate.because}`) };
    case 'ignored':
      return { status: 'False', reason: 'Ignored', message: cut(fate.because) };
    case 'waiting':
      return { status: 'False', reason: 'Waiting', message: cut(fate.because) };
    case 'rejected':
      return { status: 'False', reason: 'Rejected', message: cut(fate.because) };
    case 'quarantined':
      return { status: 'False', reason: 'Quarantined', message: cut(fate.because) };
    default:
      return unreachable(fate);
  }
}

function toValidationMessage({ severity, code, message }: StatusMessage): ValidationMessage {
  return { type: { name: toName(code), code }, level: LEVELS[severity], message: cut(message) };
}

/** `VS_HOST_REPEATED` → `VsHostRepeated`. */
function toName(code: string): string {
  return code
    .toLowerCase()
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
}

function cut(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}
