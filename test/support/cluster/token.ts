import type { Answer, Ask, Question } from './ask.ts';

const TOKEN_SECONDS = 3_600;

/** Asks for a token of a service account, and makes namespace and account first where they are missing. */
export async function requestToken(
  ask: Ask,
  namespace: string,
  serviceAccount: string,
  audience?: string,
): Promise<string> {
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await create(ask, '/api/v1/namespaces', namespace);
  await create(ask, accounts, serviceAccount);
  const spec = { expirationSeconds: TOKEN_SECONDS, ...(audience !== undefined && { audiences: [audience] }) };
  const question: Question = { method: 'POST', path: `${accounts}/${serviceAccount}/token`, body: { spec } };
  const answer = await ask(question);
  if (answer.status !== 201) throw refusal(question, answer);
  const { status }: { status: { token: string } } = JSON.parse(answer.body);
  return status.token;
}

async function create(ask: Ask, path: string, name: string): Promise<void> {
  const question: Question = { method: 'POST', path, body: { metadata: { name } } };
  const answer = await ask(question);
  if (answer.status !== 201 && answer.status !== 409) throw refusal(question, answer);
}

function refusal({ method, path }: Question, { status, body }: Answer): Error {
  return new Error(`${method} ${path}: ${status} ${body}`);
}
