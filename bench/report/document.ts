const MARKS = {
  bench: ['<!-- figures: npm run bench -- --write -->', '<!-- end of figures -->'],
  cluster: ['<!-- cluster: npm run bench:cluster -- --write -->', '<!-- end of cluster -->'],
  scale: ['<!-- scale: npm run bench:scale -- --write -->', '<!-- end of scale -->'],
} as const;

/** Puts figures between the marks of a document. @throws Error when the marks are not there. */
export function replaceFigures(document: string, figures: string, what: keyof typeof MARKS = 'bench'): string {
  const [first, last] = MARKS[what];
  const begin = document.indexOf(first);
  const end = document.indexOf(last);
  if (begin < 0 || end < begin) throw new Error(`the document has no lines "${first}" and "${last}"`);
  return `${document.slice(0, begin + first.length)}\n\n${figures}\n\n${document.slice(end)}`;
}
