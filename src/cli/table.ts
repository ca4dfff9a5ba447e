/** Rows in columns as wide as their widest cell, `gap` spaces between them; nothing trails. */
export function formatTable(rows: readonly (readonly string[])[], gap: number = 3): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd((widths[i] ?? 0) + gap))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
