// AWS Signature Version 4 for requests without a body, as Amazon's reference describes it ("Create a signed AWS API
// request"); the SDK signs the calls of models itself. Tested against the example that Amazon publishes.
import { createHash, createHmac } from 'node:crypto';

export type AwsKeys = {
  access_key_id: string;
  secret_access_key: string;
  session_token?: string | undefined;
};
type Request = { url: URL; service: string; region: string; headers?: Record<string, string>; now: Date };

const ALGORITHM = 'AWS4-HMAC-SHA256';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The headers of a signed GET: those given, the date, the session's token and `authorization`. */
export function signAwsRequest(keys: AwsKeys, request: Request): Record<string, string> {
  const { url, service, region, now } = request;
  const at = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-date': at,
    ...(keys.session_token ? { 'x-amz-security-token': keys.session_token } : {}),
  };
  const signed: Record<string, string> = { ...headers, host: url.host };
  const names = Object.keys(signed).sort();
  const canonical = [
    'GET',
    url.pathname,
    canonicalQuery(url),
    ...names.map((name) => `${name}:${signed[name]!.trim()}`),
    '',
    names.join(';'),
    sha256(''),
  ].join('\n');
  const scope = `${at.slice(0, 8)}/${region}/${service}/aws4_request`;
  const key = [region, service, 'aws4_request'].reduce<Buffer>(
    (made, part) => hmac(made, part),
    hmac(`AWS4${keys.secret_access_key}`, at.slice(0, 8)),
  );
  const signature = hmac(key, [ALGORITHM, at, scope, sha256(canonical)].join('\n')).toString('hex');
  headers.authorization = `${ALGORITHM} Credential=${keys.access_key_id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return headers;
}

function canonicalQuery(url: URL): string {
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}
