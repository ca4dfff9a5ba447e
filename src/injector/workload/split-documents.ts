/** The documents of a YAML text as they stand there, without the lines between them. */
export function splitDocuments(text: string): readonly string[] {
  const documents: string[] = [];
  let lines: string[] = [];
  for (const line of text.split(/(?<=\n)/)) {
    if (/^---\s*(#.*)?$/.test(line.trimEnd())) {
      documents.push(lines.join(''));
      lines = [];
    } else lines.push(line);
  }
  documents.push(lines.join(''));
  return documents.filter((document) => document.trim() !== '');
}
