// Reading documents: any file of a tenant becomes Markdown in pieces, or a refusal in plain words.
export {
  createParsing,
  defaultSplit,
  type Parsing,
  type ParsingOptions,
  type ReadOptions,
} from './create-parsing.ts';
export {
  type Chunk,
  type DocumentFormat,
  documentFormats,
  type HiddenText,
  type ReadDocument,
  type Split,
  type Warning,
} from './document.ts';
