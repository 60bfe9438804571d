import assert from 'node:assert/strict';
import { secretRedactor } from '../../../core/logs/redact.js';

describe('secretRedactor', () => {
  const env = {
    AWS_SECRET_ACCESS_KEY: 'abc/def+"quoted"=123',
    MY_CHAT: 'k1',
    TEMPORAL_API_KEY: 'temporal-key-0001',
    HOME: '/home/somebody',
  };
  const redact = secretRedactor(env, ['MY_CHAT']);

  it('takes out the values of secret variables, also as JSON and URLs write them', () => {
    const value = env.AWS_SECRET_ACCESS_KEY;
    for (const text of [value, JSON.stringify({ value }), `?key=${encodeURIComponent(value)}`])
      assert.ok(!redact(text).includes('def'), redact(text));
    assert.equal(redact('temporal-key-0001 of /home/somebody'), '[secret] of /home/somebody');
  });

  it('takes out variables that it is told of, however short', () => {
    assert.equal(redact('sent k1'), 'sent [secret]');
  });

  for (const [what, text] of [
    ['an authorization header', '{"authorization":"Bearer sk-unknown-0001"}'],
    ['one inside a message', '{"message":"sent {\\"Authorization\\": \\"Bearer sk-unknown-0001\\"}"}'],
    [
      'an AWS signature',
      '{"authorization":"AWS4-HMAC-SHA256 Credential=sk-unknown-0001/x, Signature=sk-unknown-0001"}',
    ],
    [
      'a presigned address',
      '{"url":"https://h/b?X-Amz-Credential=sk-unknown-0001&X-Amz-Signature=sk-unknown-0001"}',
    ],
    ['a session token', '{"x-amz-security-token":"sk-unknown-0001"}'],
    ['a password in an address', '{"url":"https://me:sk-unknown-0001@host/x"}'],
    ['an API key header', '{"api-key": "sk-unknown-0001"}'],
  ] as const) {
    it(`takes out ${what}, leaving JSON`, () => {
      const clean = redact(text);
      assert.ok(!clean.includes('sk-unknown'), clean);
      assert.doesNotThrow(() => JSON.parse(clean) as unknown, clean);
    });
  }

  it('leaves everything else alone', () => {
    const line = '{"message":"block made","uri":"s3://bucket/key","seconds":1.5}';
    assert.equal(redact(line), line);
  });
});
