// Reads an address that a person, a tenant or a redirect gave, and refuses every spelling that two parsers could
// read differently, so that what was checked is what is called.
import { refuse } from './problems.ts';

const maxUrlLength = 4096;
// Spaces, control characters and backslashes: WHATWG drops or rewrites them, other parsers do not.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to refuse
const ambiguous = /[\u0000-\u0020\u007f\\]/;

/** Parses an http or https address; throws `egress_refused` with the reason. Resolves no name. */
export function readUrl(text: string): URL {
  assertPlain(text);
  if (!/^https?:\/\/[^/]/i.test(text))
    throw refuse(shown(text), 'it does not begin with https:// or http://');
  const authority = text.slice(text.indexOf('//') + 2).split(/[/?#]/, 1)[0] ?? '';
  if (authority.includes('@'))
    throw refuse(shown(text), 'it has a user name or password in front of the host');
  if (authority.includes('%')) throw refuse(shown(text), 'its host is percent-encoded or has a zone id');
  const url = URL.parse(text);
  if (!url) throw refuse(shown(text), 'it is not a valid address');
  if (url.hostname.endsWith('.')) throw refuse(url.host, 'its host ends with a dot');
  if (url.port === '0') throw refuse(url.host, 'nothing can listen on port 0');
  url.hash = '';
  return url;
}

/** Resolves a `Location` header against the address that sent it, under the same rules. */
export function readLocation(location: string, from: URL): URL {
  assertPlain(location);
  const url = URL.parse(location, from.href);
  if (!url) throw refuse(from.host, 'it redirects to something that is not an address');
  // The raw text may hold what the parser has already dropped, such as an empty user name.
  return /^[a-z][a-z0-9+.-]*:/i.test(location) ? readUrl(location) : readUrl(url.href);
}

/** The host as `name`, without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

function assertPlain(text: string): void {
  if (text.length > maxUrlLength) throw refuse(shown(text), `it is longer than ${maxUrlLength} characters`);
  if (ambiguous.test(text)) throw refuse(shown(text), 'it has a space, a control character or a backslash');
}

/** What a message may repeat of an address that was not understood: never a user name and password. */
function shown(text: string): string {
  const clean = text.replace(/[^\x21-\x7e]/g, '?').replace(/\/\/[^/?#]*@/, '//…@');
  return clean.length > 80 ? `${clean.slice(0, 80)}…` : clean;
}
