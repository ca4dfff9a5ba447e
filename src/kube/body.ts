import type { IncomingMessage } from 'node:http';
import { tooLargeFault, unreachableFault } from './fault.ts';

/**
 * The whole body as text.
 *
 * @throws Fault `KUBE_TOO_LARGE` beyond `maxBytes`, of which nothing is kept; `KUBE_UNREACHABLE` when it breaks off.
 */
export async function readText(answer: IncomingMessage, server: string, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer) {
      const buffer: Buffer = chunk;
      bytes += buffer.length;
      if (bytes > maxBytes) throw tooLargeFault(`${server}: an answer of more than ${maxBytes} bytes`);
      chunks.push(buffer);
    }
  } catch (error) {
    throw unreachableFault(server, error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The lines of a body as they come, without their ends; empty ones are left out.
 *
 * @throws Fault as `readText`, for a line.
 */
export async function* readLines(answer: IncomingMessage, server: string, maxBytes: number): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer) {
      let rest: Buffer = chunk;
      for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
        const line = Buffer.concat([...parts, rest.subarray(0, end)]).toString('utf8');
        rest = rest.subarray(end + 1);
        parts = [];
        bytes = 0;
        if (line !== '') yield line;
      }
      bytes += rest.length;
      if (bytes > maxBytes) throw tooLargeFault(`${server}: an event of more than ${maxBytes} bytes`);
      if (rest.length > 0) parts.push(rest);
    }
  } catch (error) {
    throw unreachableFault(server, error);
  }
}

const NEWLINE = 0x0a;
