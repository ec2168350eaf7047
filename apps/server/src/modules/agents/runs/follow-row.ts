// An answer that another server writes, or wrote, followed through its row: what is new since the last look becomes events.
import type { MessagePart } from '../conversations/conversation-tables.ts';
import { statusOf } from '../messages/present-message.ts';
import type { MessageRow } from '../messages/store.ts';
import type { ChatEvent } from './fold-event.ts';
import type { Followed } from './write-stream.ts';

const LOOK_MS = 300;

/** Follows a row until its answer has ended; `read` answers undefined when it is gone. */
export function followRow(
  messageId: string,
  read: () => Promise<MessageRow | undefined>,
  now: () => number,
): Followed & { stop(): void } {
  const events: ChatEvent[] = [{ type: 'start', messageId, messageMetadata: { replay: true } }];
  let seen: MessagePart[] = [];
  let stopped = false;
  const followed = {
    events,
    ended: false,
    isElsewhere: true,
    stop() {
      stopped = true;
    },
    async more(count: number): Promise<void> {
      while (events.length <= count && !followed.ended) {
        const row = stopped ? undefined : await read();
        if (row) {
          events.push(...listNews(seen, row.parts));
          seen = row.parts;
        }
        const status = row ? statusOf(row, now()) : 'interrupted';
        if (status !== 'streaming') {
          events.push(...closeTexts(seen), ...tellEnd(row, status));
          followed.ended = true;
        } else if (events.length <= count) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
  };
  return followed;
}

/** The events that lead from some parts to later ones of the same answer. */
export function listNews(before: MessagePart[], after: MessagePart[]): ChatEvent[] {
  return after.flatMap((part, i) => {
    const old = before[i];
    if (part.type === 'text' || part.type === 'reasoning') return textNews(i, old, part);
    if (part.type === 'dynamic-tool') return toolNews(old, part);
    if (old) return [];
    return [part.type === 'step-start' ? { type: 'start-step' } : { ...part }];
  });
}

function textNews(i: number, old: MessagePart | undefined, part: MessagePart): ChatEvent[] {
  const id = `${part.type}-${i}`;
  const delta = String(part.text).slice(String(old?.text ?? '').length);
  return [
    ...(old ? [] : [{ type: `${part.type}-start`, id }]),
    ...(delta === '' ? [] : [{ type: `${part.type}-delta`, id, delta }]),
  ];
}

function toolNews(old: MessagePart | undefined, part: MessagePart): ChatEvent[] {
  const { toolCallId, toolName, input, state, output, errorText } = part;
  const approvalId = (part.approval as { id?: unknown } | undefined)?.id;
  const news: ChatEvent[] = old
    ? []
    : [{ type: 'tool-input-available', toolCallId, toolName, input, dynamic: true }];
  if (old?.state === state) return news;
  if (state === 'output-available')
    news.push({ type: 'tool-output-available', toolCallId, output, dynamic: true });
  if (state === 'output-error')
    news.push({ type: 'tool-output-error', toolCallId, errorText, dynamic: true });
  if (state === 'output-denied') news.push({ type: 'tool-output-denied', toolCallId });
  if (state === 'approval-requested') news.push({ type: 'tool-approval-request', toolCallId, approvalId });
  return news;
}

const closeTexts = (parts: MessagePart[]): ChatEvent[] =>
  parts.flatMap(({ type }, i) =>
    type === 'text' || type === 'reasoning' ? [{ type: `${type}-end`, id: `${type}-${i}` }] : [],
  );

function tellEnd(row: MessageRow | undefined, status: MessageRow['status']): ChatEvent[] {
  const finish = { type: 'finish', finishReason: status === 'done' ? 'stop' : 'other' };
  const end = { ...finish, messageMetadata: { status, model: row?.model ?? null } };
  if (status === 'failed') return [{ type: 'error', errorText: row?.error_detail ?? '' }, end];
  return status === 'done' || status === 'waiting' ? [end] : [{ type: 'abort', reason: status }, end];
}
