// Images and files in a caller's body: data as it stands there, or an address. We never fetch an address: a provider that takes
// none gets a refusal instead.
import type { LanguageModelV4FilePart } from '@ai-sdk/provider';
import { refuse } from './read-shape.ts';

const MEDIA_TYPE = /^[\w.+-]{1,60}\/[\w.+*-]{1,100}$/;

/** A file from a `data:` or `https:` URL; `mediaType` stands in for an address, which does not say. */
export function fileOfUrl(
  field: string,
  url: string,
  more: { mediaType: string; filename?: string | undefined },
): LanguageModelV4FilePart {
  const name = more.filename === undefined ? {} : { filename: more.filename };
  if (!url.startsWith('data:'))
    return { type: 'file', ...name, ...addressOf(field, url), mediaType: more.mediaType };
  const comma = url.indexOf(',');
  const [mediaType = '', ...rest] = url.slice(5, comma < 0 ? 5 : Math.min(comma, 300)).split(';');
  if (comma < 0 || rest.at(-1) !== 'base64')
    throw refuse(field, 'a data URL has the form data:<media type>;base64,<data>');
  return fileOfBase64(field, url.slice(comma + 1), { ...name, mediaType });
}

/** A file whose data stands there as base64; throws AskError for a media type that is none. */
export function fileOfBase64(
  field: string,
  base64: string,
  more: { mediaType: string; filename?: string | undefined },
): LanguageModelV4FilePart {
  if (!MEDIA_TYPE.test(more.mediaType)) throw refuse(field, 'the media type is not valid');
  const name = more.filename === undefined ? {} : { filename: more.filename };
  return { type: 'file', ...name, mediaType: more.mediaType, data: { type: 'data', data: base64 } };
}

function addressOf(field: string, address: string): Pick<LanguageModelV4FilePart, 'data'> {
  const url = URL.parse(address);
  if (url?.protocol !== 'https:' || address.length > 8_192)
    throw refuse(field, 'send an https address, or the data itself as a data URL');
  return { data: { type: 'url', url } };
}
