import { contentHash } from '../../kit/hash.ts';
import { isRecord } from '../../kube/object.ts';
import { type ObjectStatus, OUR_CONDITIONS } from './object-status.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What a merge patch has to say so that an object's status is as wanted; `undefined` when it is. Conditions of others stay, and so does the time
 * since which a condition is what it is.
 */
export function toStatusPatch(current: unknown, wanted: ObjectStatus, nowMs: number): Fields | undefined {
  if (ourPartOf(current) === ourPartOf(wanted)) return undefined;
  const now = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const held = listConditions(current);
  const others = held.filter(({ type }) => !isOurs(type));
  const ours = wanted.conditions.map((condition) => {
    const before = held.find(({ type, status }) => type === condition.type && status === condition.status);
    const since = before?.lastTransitionTime;
    return {
      ...condition,
      lastTransitionTime: typeof since === 'string' ? since : now,
      observedGeneration: wanted.observedGeneration,
    };
  });
  return {
    conditions: [...others, ...ours],
    // A list of nothing is not written; one that is there has to go.
    ...(wanted.validationMessages.length > 0 && { validationMessages: wanted.validationMessages }),
    ...(wanted.validationMessages.length === 0 && hasMessages(current) && { validationMessages: null }),
    observedGeneration: wanted.observedGeneration,
  };
}

/** A short name of what of a status is ours, and of the object it belongs to: equal when there is nothing to write. */
export function statusDigest(uid: string, status: unknown): string {
  return contentHash(`${uid} ${ourPartOf(status)}`);
}

/** Our part of a status, times aside, as text. */
function ourPartOf(status: unknown): string {
  const conditions = listConditions(status)
    .filter(({ type }) => isOurs(type))
    .map(({ type, status: value, reason, message }) => [type, value, reason, message]);
  const messages = isRecord(status) && Array.isArray(status.validationMessages) ? status.validationMessages : [];
  const generation = isRecord(status) ? Number(status.observedGeneration) : Number.NaN;
  return JSON.stringify([conditions, messages.map(toTuple), generation]);
}

/** The API server sorts the fields of what it stores. */
function toTuple(message: unknown): unknown {
  if (!isRecord(message)) return message;
  const type = isRecord(message.type) ? message.type : {};
  return [type.name, type.code, message.level, message.message];
}

function listConditions(status: unknown): readonly Fields[] {
  return isRecord(status) && Array.isArray(status.conditions) ? status.conditions.filter(isRecord) : [];
}

function hasMessages(status: unknown): boolean {
  return isRecord(status) && status.validationMessages !== undefined;
}

function isOurs(type: unknown): boolean {
  return OUR_CONDITIONS.some((ours) => ours === type);
}
