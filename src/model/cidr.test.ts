import { describe, expect, it } from 'vitest';
import { findCidr } from './cidr.ts';

describe('findCidr', () => {
  it.each([
    { text: '10.1.2.3', key: '10.1.2.3/32' },
    { text: '10.1.2.3/8', key: '10.0.0.0/8' },
    { text: '10.255.0.0/9', key: '10.128.0.0/9' },
    { text: '0.0.0.0/0', key: '0.0.0.0/0' },
    { text: '2001:db8:0:0:1::5/64', key: '2001:db8::/64' },
    { text: '2001:DB8::1', key: '2001:db8::1/128' },
    { text: '::', key: '::/128' },
    { text: '::ffff:1.2.3.4/112', key: '::ffff:102:0/112' },
    { text: '1:0:0:2:0:0:0:3', key: '1:0:0:2::3/128' },
  ])('reads $text as $key', ({ text, key }) => {
    expect(findCidr(text)?.key).toBe(key);
  });

  it.each(['', 'foo', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/x', '10.0.0/8', '::/129', 'unix:///x'])(
    'refuses %j',
    (text) => {
      expect(findCidr(text)).toBeUndefined();
    },
  );
});
