import { createHash } from 'node:crypto';
import { RE2JS } from 're2js';
import { asText, type FunctionTable, type GoFunction, ofTexts } from '../function.ts';
import { TemplateError } from '../template-error.ts';

/** What sprig has for encodings, hashes and patterns. */
export const ENCODINGS: FunctionTable = {
  b64enc: ofTexts(1, (text) => Buffer.from(text ?? '').toString('base64')),
  b64dec: ofTexts(1, (text = '') => decodeBase64(text)),
  sha1sum: ofTexts(1, (text) => hash('sha1', text)),
  sha256sum: ofTexts(1, (text) => hash('sha256', text)),
  sha512sum: ofTexts(1, (text) => hash('sha512', text)),
  regexMatch: pattern(2, (regex, text) => regex.matcher(text).find()),
  mustRegexMatch: pattern(2, (regex, text) => regex.matcher(text).find()),
  regexFind: pattern(2, findFirst),
  mustRegexFind: pattern(2, findFirst),
  regexReplaceAll: pattern(3, (regex, text, to) => regex.matcher(text).replaceAll(to)),
  mustRegexReplaceAll: pattern(3, (regex, text, to) => regex.matcher(text).replaceAll(to)),
  regexReplaceAllLiteral: pattern(3, (regex, text, to) => regex.matcher(text).replaceAll(RE2JS.quoteReplacement(to))),
  regexQuoteMeta: ofTexts(1, (text) => text?.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')),
  regexFindAll: {
    parameters: ['string', 'string', 'int'],
    call: (expression, text, count) => findAll(compile(asText(expression)), asText(text), Number(count)),
  },
  regexSplit: {
    parameters: ['string', 'string', 'int'],
    call: (expression, text, count) => splitBy(compile(asText(expression)), asText(text), Number(count)),
  },
};

function decodeBase64(text: string): string {
  const bytes = Buffer.from(text, 'base64');
  const isSound = bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '').replaceAll('\n', '');
  return isSound ? bytes.toString() : 'illegal base64 data at input byte 0';
}

function hash(algorithm: string, text = ''): string {
  return createHash(algorithm).update(text).digest('hex');
}

/** Go's patterns are RE2's. */
function compile(expression: string): RE2JS {
  try {
    return RE2JS.compile(expression);
  } catch (error) {
    throw new TemplateError(`error parsing regexp: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function pattern(count: 2 | 3, call: (regex: RE2JS, text: string, to: string) => string | boolean): GoFunction {
  return ofTexts(count, (expression = '', text = '', to = '') => call(compile(expression), text, to));
}

function findFirst(regex: RE2JS, text: string): string {
  const matcher = regex.matcher(text);
  return matcher.find() ? (matcher.group() ?? '') : '';
}

function findAll(regex: RE2JS, text: string, count: number): readonly string[] {
  const matcher = regex.matcher(text);
  const found: string[] = [];
  while ((count < 0 || found.length < count) && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

function splitBy(regex: RE2JS, text: string, count: number): readonly string[] {
  const matcher = regex.matcher(text);
  const parts: string[] = [];
  let from = 0;
  while ((count < 0 || parts.length < count - 1) && matcher.find()) {
    parts.push(text.slice(from, matcher.start()));
    from = matcher.end();
  }
  return count === 0 ? [] : [...parts, text.slice(from)];
}
