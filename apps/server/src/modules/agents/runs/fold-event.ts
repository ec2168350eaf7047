// What happens while an answer is written, in the words of the AI SDK's UI message stream: the one form in which it is kept,
// followed and resumed. Folding the events gives the parts of the message.
import type { MessagePart } from '../conversations/conversation-tables.ts';

export type ChatEvent = { type: string } & Record<string, unknown>;

export type Draft = {
  parts: MessagePart[];
  /** Parts that still grow, by the id the events give them. */
  open: Map<string, MessagePart>;
};

/** A draft that goes on from parts there are. */
export function openDraft(parts: MessagePart[] = []): Draft {
  return { parts: structuredClone(parts), open: new Map() };
}

/** Applies an event to the draft. */
export function foldEvent(draft: Draft, event: ChatEvent): void {
  const { type } = event;
  if (type === 'start-step') draft.parts.push({ type: 'step-start' });
  else if (type === 'text-start' || type === 'reasoning-start') openText(draft, event);
  else if (type === 'text-delta' || type === 'reasoning-delta') growText(draft, event);
  else if (type === 'text-end' || type === 'reasoning-end') draft.open.delete(keyOf(event));
  else if (type === 'source-document') draft.parts.push({ ...event });
  else if (type === 'tool-input-available') draft.parts.push(toolPart(event));
  else if (type.startsWith('tool-')) changeTool(draft, event);
}

/** The words of the parts, as people read them. */
export function textOfParts(parts: MessagePart[]): string {
  return parts
    .filter((part) => part.type === 'text')
    .map((part) => String(part.text ?? ''))
    .join('\n')
    .trim();
}

const keyOf = (event: ChatEvent) => `${event.type.split('-')[0]} ${event.id}`;

function openText(draft: Draft, event: ChatEvent): void {
  const part = { type: event.type.split('-')[0]!, text: '' };
  draft.parts.push(part);
  draft.open.set(keyOf(event), part);
}

function growText(draft: Draft, event: ChatEvent): void {
  const part = draft.open.get(keyOf(event));
  if (part) part.text = String(part.text) + String(event.delta);
}

function toolPart({ toolCallId, toolName, input }: ChatEvent): MessagePart {
  return { type: 'dynamic-tool', toolName, toolCallId, state: 'input-available', input };
}

function changeTool(draft: Draft, event: ChatEvent): void {
  const { type, toolCallId, approvalId } = event;
  const part = draft.parts.find(
    (one) =>
      one.type === 'dynamic-tool' &&
      (one.toolCallId === toolCallId || (approvalId !== undefined && idOfApproval(one) === approvalId)),
  );
  if (!part) return;
  if (type === 'tool-output-available')
    Object.assign(part, { state: 'output-available', output: event.output });
  if (type === 'tool-output-error')
    Object.assign(part, { state: 'output-error', errorText: event.errorText });
  if (type === 'tool-output-denied') Object.assign(part, { state: 'output-denied' });
  if (type === 'tool-approval-request')
    Object.assign(part, { state: 'approval-requested', approval: { id: event.approvalId } });
  if (type === 'tool-approval-response') {
    const { approved, reason } = event;
    const approval = { id: approvalId, approved, ...(reason === undefined ? {} : { reason }) };
    Object.assign(part, { state: 'approval-responded', approval });
  }
}

function idOfApproval(part: MessagePart): unknown {
  return (part.approval as { id?: unknown } | undefined)?.id;
}
