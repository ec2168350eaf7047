import { expect, test } from 'vitest';
import { signAwsRequest } from './sign-aws-request.ts';

test("the signature of Amazon's published example comes out", () => {
  const keys = {
    access_key_id: 'AKIDEXAMPLE',
    secret_access_key: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  };
  const { authorization } = signAwsRequest(keys, {
    url: new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'),
    service: 'iam',
    region: 'us-east-1',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    now: new Date('2015-08-30T12:36:00Z'),
  });
  expect(authorization).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, ' +
      'SignedHeaders=content-type;host;x-amz-date, ' +
      'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  );
});
