// Why a file cannot be read, in words that say what to do next.
import { problemsOf } from '@insula/contract';

export const parsingProblems = {
  document_unreadable: {
    status: 422,
    message:
      '{name} cannot be read: {reason} Open it in the program it was made with, save it again and upload that.',
  },
  document_encrypted: {
    status: 422,
    message: '{name} is protected with a password. Save a copy without the password and upload that.',
  },
  document_too_large: {
    status: 422,
    message: '{name} is too large to read: {reason} Split it into smaller files and upload those.',
  },
  document_suspicious: {
    status: 422,
    message: '{name} is refused: {reason} If you trust it, save it again with the program it was made with.',
  },
  document_type_unsupported: { status: 422, message: '{name} is {what}. {advice}' },
  document_empty: {
    status: 422,
    message: 'There is no text in {name}. Check that it is the file you meant.',
  },
  document_no_text_layer: {
    status: 422,
    message:
      '{name} is a PDF that has no text layer: its pages are pictures. Run OCR first, for example with OCRmyPDF, and upload the result.',
  },
  document_time_limit: {
    status: 422,
    message:
      'Reading {name} took too long and was stopped. Split it into smaller files, or save it in a simpler format.',
  },
  document_memory_limit: {
    status: 422,
    message:
      'Reading {name} needs too much memory and was stopped. Split it into smaller files and upload those.',
  },
  parsing_stopped: {
    status: 503,
    message: 'The server is being stopped. Read {name} again when it is back.',
  },
} as const;

/** Problems of reading documents. */
export const problem = problemsOf(parsingProblems);
