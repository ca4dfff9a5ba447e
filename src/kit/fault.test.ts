import { describe, expect, it } from 'vitest';
import { declareFaults, Fault, listFaultKinds } from './fault.ts';

const testFault = declareFaults({
  TEST_BROKEN: { blame: 'us', retry: true, meaning: 'Broken, for a test.' },
});

const systemError = (code: string) => Object.assign(new Error(`${code}: it failed`), { code });

describe('declareFaults', () => {
  it('makes faults that carry what their code says', () => {
    const cause = new Error('below');
    const { code, blame, retry, message, cause: carried } = testFault('TEST_BROKEN', 'it broke', cause);
    expect({ code, blame, retry, message, carried }).toEqual({
      code: 'TEST_BROKEN',
      blame: 'us',
      retry: true,
      message: 'it broke',
      carried: cause,
    });
  });

  it('refuses a code twice', () => {
    const again = () => declareFaults({ TEST_BROKEN: { blame: 'us', retry: true, meaning: '' } });
    expect(again).toThrow('TEST_BROKEN is declared twice');
  });

  it('lists codes for the page of errors', () => {
    expect(listFaultKinds().map(([code]) => code)).toContain('TEST_BROKEN');
  });
});

describe('Fault.from', () => {
  it('lets faults pass', () => {
    const fault = testFault('TEST_BROKEN', 'it broke');
    expect(Fault.from(fault)).toBe(fault);
  });

  it.each([
    { what: 'an abort', error: AbortSignal.abort().reason, code: 'CANCELLED', retry: false },
    { what: 'a refused connection', error: systemError('ECONNREFUSED'), code: 'UNAVAILABLE', retry: true },
    { what: 'a missing file', error: systemError('ENOENT'), code: 'NOT_FOUND', retry: false },
    { what: 'a timeout', error: new DOMException('late', 'TimeoutError'), code: 'TIMED_OUT', retry: true },
    { what: 'any other error', error: new Error('odd'), code: 'INTERNAL', retry: false },
    { what: 'what is no error at all', error: 'text', code: 'INTERNAL', retry: false },
  ])('turns $what into $code', ({ error, code, retry }) => {
    const fault = Fault.from(error);
    expect({ code: fault.code, retry: fault.retry, cause: fault.cause }).toEqual({ code, retry, cause: error });
  });
});
