// What is kept of a call in the request log, when it is over: how it came to its answer, and its words if that is wanted.
import type { Configuration } from '@insula/contract/tenancy';
import type { Finding } from '../guardrails/list-findings.ts';
import type { Gateway } from '../index.ts';
import { timeOfId } from '../ledger/index.ts';
import type { Ask, Caller } from '../relay/index.ts';
import type { ChainStep } from '../requests/list-requests.ts';
import { readAnswerText, readRequestText } from '../requests/read-answer-text.ts';

export type LoggedCall = {
  call: { id: string; caller: Caller };
  ask: Ask;
  chain: ChainStep[];
  findings: readonly Finding[];
  content: Configuration['request_log']['content'];
  /** The bytes the caller was sent, when they were watched. */
  answered: (() => Buffer) | undefined;
};

/** Hands the call to the log; nothing waits for it. What cannot be masked where it must be is not kept. */
export function logRequest(gateway: Gateway, logged: LoggedCall): void {
  void keepRequest(gateway, logged).catch((error: Error) =>
    gateway.deps.log.warn({ request_id: logged.call.id, error: error.message }, 'a call was not logged'),
  );
}

async function keepRequest({ requestLog, guardrails }: Gateway, logged: LoggedCall): Promise<void> {
  const { call, ask, chain, findings, content, answered } = logged;
  const { organization_id, workspace_id } = call.caller;
  if (workspace_id === null) return;
  const place = { organizationId: organization_id, workspaceId: workspace_id };
  const words = async (text: string) => {
    const clean = text.replaceAll('\u0000', '\ufffd').toWellFormed();
    return content === 'redacted' ? guardrails.redact(place, clean) : clean;
  };
  requestLog.keep(organization_id, {
    organization_id,
    id: call.id,
    workspace_id,
    at: new Date(timeOfId(call.id)).toISOString(),
    chain,
    findings: [...findings],
    content,
    request: answered ? await words(readRequestText(ask.json)) : null,
    response: answered ? await words(readAnswerText(answered())) : null,
  });
}
