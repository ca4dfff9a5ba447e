import { isRecord } from '../kube/object.ts';

/** A token's parts; nothing in it is proved by reading it. */
export interface UnverifiedJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the signature is over. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** Tokens of Kubernetes have some 1,000 characters. */
const MAX_CHARS = 16 * 1024;
const FORM = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;

/** Reads a token of the compact form; undefined when it is none. @see RFC 7519 */
export function parseJwt(token: string): UnverifiedJwt | undefined {
  if (token.length > MAX_CHARS) return undefined;
  const [, head, body, signature] = FORM.exec(token) ?? [];
  if (head === undefined || body === undefined || signature === undefined) return undefined;
  const header = parseObject(head);
  const claims = parseObject(body);
  if (header === undefined || claims === undefined) return undefined;
  return {
    header,
    claims,
    signed: Buffer.from(`${head}.${body}`, 'latin1'),
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** When a token ends, in milliseconds since 1970; undefined when it does not say. */
export function expiryOf({ claims }: Pick<UnverifiedJwt, 'claims'>): number | undefined {
  return typeof claims.exp === 'number' && Number.isFinite(claims.exp) ? claims.exp * 1000 : undefined;
}

/** The audiences of a token, which may stand alone or in a list. */
export function audiencesOf({ claims }: Pick<UnverifiedJwt, 'claims'>): readonly string[] {
  const { aud } = claims;
  const listed: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return listed.filter((audience) => typeof audience === 'string');
}

function parseObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
