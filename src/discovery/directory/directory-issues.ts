import type { Issue, Severity } from '../../model/issue.ts';

/** What is wrong with files and directories, before anything in them is read. */

/** The file holds no object: an editor's accident, or a file that may as well be deleted. */
export function fileEmpty(file: string): Issue {
  return toIssue('warning', 'FILE_EMPTY', file, `the file holds no object`);
}

/** A file or directory that is there cannot be read; its objects stay as they were. */
export function fileUnreadable(file: string, because: string): Issue {
  return toIssue('error', 'FILE_UNREADABLE', file, `the file ${because}`);
}

/** The directory of the source is not there (yet, or any more). */
export function directoryMissing(directory: string): Issue {
  const message = `${directory} does not exist; what was read from it before stays in force, and it is read once it is there`;
  return toIssue('warning', 'DIRECTORY_MISSING', directory, message);
}

function toIssue(severity: Severity, code: string, file: string, message: string): Issue {
  return { severity, code, path: [], message, origin: { kind: 'file', file, line: 1, column: 1 } };
}
