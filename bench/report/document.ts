const BEGIN = '<!-- figures: npm run bench -- --write -->';
const END = '<!-- end of figures -->';

/** Puts figures between the marks of a document. @throws Error when the marks are not there. */
export function replaceFigures(document: string, figures: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the document has no lines "${BEGIN}" and "${END}"`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${figures}\n\n${document.slice(end)}`;
}
