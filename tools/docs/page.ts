/** A file that is generated from the program, so that it cannot say something else than it. */
export interface Page {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
}

/** What stands at the top of every generated page of Markdown. */
export const generatedNote = '<!-- Generated from the source by `npm run docs`: change it there. -->';

/** A table of Markdown. */
export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
