import { NOTE_MEANINGS } from '../../src/compile/note-codes.ts';
import { CODES } from '../../src/config/codes.ts';
import { listFaultKinds } from '../../src/kit/fault.ts';
import { MESH_CODES } from '../../src/model/mesh-codes.ts';
import { loadDeclaringModules } from './declarations.ts';
import { generatedNote, type Page, toTable } from './page.ts';

/** Every code that a person may meet. */
export async function createErrorsPage(repository: string): Promise<Page> {
  await loadDeclaringModules(repository, ['declareFaults']);
  const issues = Object.entries({ ...CODES, ...MESH_CODES }).sort(([a], [b]) => (a < b ? -1 : 1));
  const faults = listFaultKinds();
  const text = [
    generatedNote,
    '# Codes',
    '',
    'Codes are stable: search for them, alert on them.',
    '',
    '## Issues: something about an object that a user wrote',
    '',
    "An error drops the object, whose last good version stays in force; a warning or a notice (info) keeps it. Every issue names the object's place.",
    '',
    toTable(
      ['code', 'severity', 'meaning'],
      issues.map(([code, { severity, meaning }]) => [`\`${code}\``, severity, meaning]),
    ),
    '',
    '## Notes: what compiling an object brought to light',
    '',
    'The object is in force, except for what the note says. Notes are logged, and shown with the object on `/debug/configz`.',
    '',
    toTable(
      ['code', 'meaning'],
      Object.entries(NOTE_MEANINGS).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
    '',
    '## Faults: a peer or the surroundings failed',
    '',
    toTable(
      ['code', 'who must act', 'may succeed later', 'meaning'],
      faults.map(([code, { blame, retry, meaning }]) => [
        `\`${code}\``,
        blame === 'us' ? 'operator' : 'caller',
        retry ? 'yes' : 'no',
        meaning,
      ]),
    ),
    '',
  ].join('\n');
  return { path: 'docs/errors.md', text };
}
