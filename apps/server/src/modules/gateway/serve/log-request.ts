// What is kept of a call in the request log, when it is over: how it came to its answer, and its words if that is wanted.
import type { Configuration } from '@insula/contract/tenancy';
import type { Gateway } from '../index.ts';
import { timeOfId } from '../ledger/index.ts';
import type { Ask, Caller } from '../relay/index.ts';
import type { ChainStep } from '../requests/list-requests.ts';
import { readAnswerText, readRequestText } from '../requests/read-answer-text.ts';

export type LoggedCall = {
  call: { id: string; caller: Caller };
  ask: Ask;
  chain: ChainStep[];
  content: Configuration['request_log']['content'];
  /** The bytes the caller was sent, when they were watched. */
  answered: (() => Buffer) | undefined;
};

/** Hands the call to the log; nothing waits for it. */
export function logRequest(
  { requestLog }: Gateway,
  { call, ask, chain, content, answered }: LoggedCall,
): void {
  const { organization_id, workspace_id } = call.caller;
  if (workspace_id === null) return;
  const words = (text: string) => text.replaceAll('\u0000', '\ufffd').toWellFormed();
  requestLog.keep(organization_id, {
    organization_id,
    id: call.id,
    workspace_id,
    at: new Date(timeOfId(call.id)).toISOString(),
    chain,
    findings: [],
    content,
    request: answered ? words(readRequestText(ask.json)) : null,
    response: answered ? words(readAnswerText(answered())) : null,
  });
}
