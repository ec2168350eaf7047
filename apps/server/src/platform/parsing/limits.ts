// What a file may cost. Every number here is a promise to the other tenants of the same machine.

const MB = 1024 * 1024;

export const limits = {
  /** Bytes of a file as it comes. */
  fileBytes: 50 * MB,
  /** Bytes of text files, which become strings of the heap whole. */
  textBytes: 12 * MB,
  /** HTML becomes a tree of objects many times its size. */
  htmlBytes: 6 * MB,
  zipEntries: 5_000,
  /** Bytes that the parts of an archive may have in all once they are inflated, and one part. */
  inflatedBytes: 96 * MB,
  partBytes: 48 * MB,
  /** An inflated part of so many bytes may be so many times as large as it was packed. */
  suspectBytes: 16 * MB,
  inflationRatio: 300,
  xmlNodes: 3_000_000,
  xmlSubtreeNodes: 400_000,
  nesting: 200,
  pdfPages: 3_000,
  pdfPageOperators: 400_000,
  pdfPageCharacters: 400_000,
  tableRows: 50_000,
  tableColumns: 400,
  tableCells: 1_000_000,
  /** Characters of the whole Markdown. */
  markdownCharacters: 20_000_000,
  attachments: 20,
  hiddenTexts: 50,
  hiddenCharacters: 500,
  warnings: 50,
  metadataFields: 30,
  metadataCharacters: 500,
  titleCharacters: 300,
  /** Milliseconds every file gets, and milliseconds for every thousand characters it has given so far. */
  graceMs: 4_000,
  msPerThousandCharacters: 100,
  longestMs: 120_000,
  /** MB of a thread's heap and buffers together; the watch ends a thread that has more. */
  threadMb: 192,
  /**
   * MB of heap at which V8 itself ends a thread. Far above what the watch allows: when a thread reaches this inside of one call
   * of the engine (JSON.parse, split), V8 ends the whole process. So no such call may get more than a bounded input either.
   */
  heapMb: 1_024,
  /** Values of a JSON file, which become objects of the heap in one call. */
  jsonValues: 1_000_000,
} as const;
