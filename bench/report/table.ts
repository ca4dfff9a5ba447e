/** Rows of equal length; the first row is the head. */
export type Table = readonly (readonly string[])[];

/** A Markdown table whose columns line up, so that it can also be read as it is. The first column stands left, the others right. */
export function formatTable(table: Table): string {
  const widths = (table[0] ?? []).map((_, column) => Math.max(3, ...table.map((row) => row[column]?.length ?? 0)));
  const pad = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  const line = (row: readonly string[]) => `| ${row.map(pad).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [head = [], ...rows] = table;
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

const MS_PER_S = 1000;
const BYTES_PER_MB = 1e6;
const BYTES_PER_KB = 1000;

/** Milliseconds as people read them: `850 ms`, `12.3 s`. */
export function formatMs(ms: number): string {
  if (ms >= 9999.5) return `${(ms / MS_PER_S).toFixed(1)} s`;
  if (ms >= 999.5) return `${(ms / MS_PER_S).toFixed(2)} s`;
  return ms >= 99.5 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(1)} ms`;
}

export function formatBytes(bytes: number): string {
  if (bytes >= BYTES_PER_MB) return `${(bytes / BYTES_PER_MB).toFixed(bytes >= 100 * BYTES_PER_MB ? 0 : 1)} MB`;
  return bytes >= BYTES_PER_KB ? `${(bytes / BYTES_PER_KB).toFixed(1)} kB` : `${Math.round(bytes)} B`;
}

export function formatMb(mb: number): string {
  return `${mb.toFixed(0)} MB`;
}

/** How many times the second the first is; `–` when the second is nothing to compare with. */
export function formatRatio(of: number, to: number): string {
  return to > 0 ? `${(of / to).toFixed(of / to >= 10 ? 0 : 1)}×` : '–';
}
