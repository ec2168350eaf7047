// Reading documents: any file of a tenant becomes Markdown in pieces, or a refusal in plain words.
export {
  createParsing,
  defaultSplit,
  type Parsing,
  type ParsingOptions,
  type ReadOptions,
} from './create-parsing.ts';
export type {
  Chunk,
  DocumentFormat,
  HiddenText,
  ReadDocument,
  Split,
  Warning,
} from './document.ts';
