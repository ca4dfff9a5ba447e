import type { NoteCode } from '../../compile/note-codes.ts';
import type { CompileNote } from '../../compile/note.ts';
import type { Fate, Issue } from '../../model/issue.ts';

/** Facts that cost an object a part of its effect, wherever they are found. */
const PARTLY: ReadonlySet<NoteCode> = new Set<NoteCode>([
  'DR_CLIENT_CERTIFICATE_MISSING',
  'DR_CREDENTIAL_IGNORED',
  'DR_MTLS_WITHOUT_IDENTITY',
  'SIDECAR_PORT_TAKEN',
  'VS_DESTINATION_UNKNOWN',
  'VS_PORT_UNKNOWN',
  'VS_SUBSET_UNKNOWN',
]);

/** Issues of objects that are in force all the same, but for a part of them. */
const PARTLY_ISSUES: ReadonlySet<string> = new Set([
  'VS_DELEGATE_CONFLICT',
  'VS_DELEGATE_NESTED',
  'VS_DELEGATE_NOT_EXPORTED',
  'VS_DELEGATE_UNKNOWN',
  'VS_RULE_UNREACHABLE',
]);

/** What a fact that compiling found out makes of its object; `undefined` when that is applied all the same. */
export function fateOfNote({ code, message, fate }: CompileNote): Fate | undefined {
  if (fate !== undefined) return fate;
  if (code === 'VS_GATEWAY_HOST_MISMATCH') return { kind: 'ignored', because: message };
  return PARTLY.has(code) ? { kind: 'partly-applied', because: message } : undefined;
}

/** The same for what was found when objects were read or put together. */
export function fateOfIssue({ code, message }: Issue): Fate | undefined {
  return PARTLY_ISSUES.has(code) ? { kind: 'partly-applied', because: message } : undefined;
}
