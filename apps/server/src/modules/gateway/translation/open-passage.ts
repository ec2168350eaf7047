// A stream's way through the translation: part after part becomes events, until one of them is the end, which is not written.
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { followBlocks, type StreamEncoder } from '../encoding/index.ts';
import { isCutShort } from '../models/failure-of-model.ts';
import { type Ending, failed } from '../relay/exchange-bytes.ts';
import { writePart } from '../relay/write-answer.ts';
import { closingOf, failureEnding, noteHead, noteUsage, type Run } from './exchange-parts.ts';
import { tellIgnored } from './tell-ignored.ts';

type Part = LanguageModelV4StreamPart;
type Finish = Extract<Part, { type: 'finish' }>;

/** Opens the way of one stream; the function takes each part, and gives the ending when that has come. */
export function openPassage(run: Run): (part: Part) => Ending | undefined {
  const { request, response } = run;
  const { id, maxResponseBytes } = request;
  const voice = openVoice(run);
  const follower = followBlocks(voice);
  let size = 0;

  function write(events: string): Ending | undefined {
    if (events === '') return undefined;
    const bytes = Buffer.from(events);
    size += bytes.length;
    if (size > maxResponseBytes) return failed('provider_answer_too_large');
    writePart(response, id, bytes);
    return undefined;
  }
  function finish({ finishReason, usage }: Finish): Ending {
    if (isCutShort(finishReason)) return failed('provider_cut');
    noteUsage(run, usage);
    if (finishReason.unified === 'error') return failed('provider_error');
    const events = voice.opening() + follower.end();
    const tail = events + voice.close(closingOf(run, follower.blocks, finishReason.unified));
    return { kind: 'stream', tail: Buffer.from(tail) };
  }

  return (part) => {
    if (part.type !== 'stream-start') noteHead(run);
    if (part.type === 'stream-start') tellIgnored(response, part.warnings);
    else if (part.type === 'response-metadata') voice.name(part.modelId);
    else if (part.type === 'error') return failureEnding(run, part.error);
    else if (part.type === 'finish') return finish(part);
    else return write(follower.push(part));
    return undefined;
  };
}

type Voice = Pick<StreamEncoder, 'start' | 'delta' | 'end' | 'close'> & {
  /** The events that begin the stream, once. */
  opening(): string;
  /** The name that the provider gives the model, if it says so before the stream begins. */
  name(model: string | undefined): void;
};

/** The encoder, begun when there is something to say: until then a failure can be answered as one, or tried elsewhere. */
function openVoice({ request, seen }: Run): Voice {
  let { heading } = request;
  let encoder: StreamEncoder | undefined;

  function opening(): string {
    if (encoder) return '';
    encoder = request.encoder.stream(heading);
    return encoder.begin();
  }
  return {
    opening,
    name(model) {
      if (model) heading = { ...heading, model };
    },
    start: (block, index) => opening() + encoder!.start(block, index),
    delta(block, index, text) {
      seen.textBytes += Buffer.byteLength(text);
      seen.deltas++;
      return encoder!.delta(block, index, text);
    },
    end: (block, index) => encoder!.end(block, index),
    close: (closing) => opening() + encoder!.close(closing),
  };
}
