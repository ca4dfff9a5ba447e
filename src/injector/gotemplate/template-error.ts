/** A template, or what it was given, is wrong. The message is worded as Go words it, so that what people find about it helps them. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}
