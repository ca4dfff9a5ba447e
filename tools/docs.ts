/** Writes what is generated from the program; `--check` only says what is out of date. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createErrorsPage } from './docs/errors.ts';
import { createFlagsPage } from './docs/flags.ts';
import { createKindPages } from './docs/kinds.ts';
import { createMetricsPage } from './docs/metrics.ts';
import { createParityPage } from './docs/parity.ts';
import type { Page } from './docs/page.ts';

const repository = path.resolve(import.meta.dirname, '..');
const pages = [
  await createErrorsPage(repository),
  await createMetricsPage(repository),
  createFlagsPage(),
  ...createKindPages(),
  createParityPage(),
];
const stale = pages.filter((page) => !isCurrent(page));

if (process.argv.includes('--check')) {
  for (const page of stale) process.stdout.write(`${page.path} is out of date: "npm run docs" writes it anew\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const page of stale) {
    mkdirSync(path.dirname(path.join(repository, page.path)), { recursive: true });
    writeFileSync(path.join(repository, page.path), page.text);
  }
  process.stdout.write(`${pages.length} generated pages, ${stale.length} of them changed\n`);
}

function isCurrent(page: Page): boolean {
  const file = path.join(repository, page.path);
  return existsSync(file) && readFileSync(file, 'utf8') === page.text;
}
