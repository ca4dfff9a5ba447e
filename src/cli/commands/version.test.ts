import { describe, expect, it } from 'vitest';
import { getProductVersion } from '../../kit/product-version.ts';
import { createProgram } from '../program.ts';
import { version } from './version.ts';

describe('pilothouse version', () => {
  it.each([
    {
      args: [],
      out: `pilothouse ${getProductVersion()} (node ${process.version}, ${process.platform}/${process.arch})`,
    },
    {
      args: ['--output', 'json'],
      out: `{"version":"${getProductVersion()}","node":"${process.version}","platform":"${process.platform}/${process.arch}"}`,
    },
  ])('prints what runs here with $args', async ({ args, out }) => {
    const printed: string[] = [];
    const print = (text: string) => printed.push(text);
    const signal = new AbortController().signal;
    await createProgram([version]).run(['version', ...args], { print, printError: print, env: {}, signal });
    expect(printed).toEqual([out]);
  });
});
