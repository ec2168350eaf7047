// Where the files of a document's version lie: the bytes as they came, and the text they were read as.

/** The bytes as they came. */
export function nameOriginal(blobId: string): string {
  return `${nameBlob(blobId)}/original`;
}

/** The normalised text; reading the same bytes again gives another. */
export function nameText(blobId: string, version: number): string {
  return `${nameBlob(blobId)}/text-${version}`;
}

/** The folder of both. */
export function nameBlob(blobId: string): string {
  return `documents/${blobId}`;
}
