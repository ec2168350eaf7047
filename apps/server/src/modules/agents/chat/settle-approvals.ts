// Tool calls that waited for a person, decided: the allowed ones are made, the others are told to the model as refused. A call
// that was under way when its server ended is not made again: nobody knows whether it took effect.
import type { Run } from '../runs/create-runs.ts';
import { runTool } from './call-tool.ts';
import type { Conversing } from './converse-with-model.ts';

export type Decision = { tool_call_id: string; approved: boolean; reason?: string | undefined };

/** Makes what was allowed, and tells the rest as refused. */
export async function settleApprovals(talk: Conversing, run: Run, decisions: Decision[]): Promise<void> {
  for (const part of run.draft.parts.filter(({ type }) => type === 'dynamic-tool')) {
    const toolCallId = String(part.toolCallId);
    if (part.state === 'input-available')
      run.emit({
        type: 'tool-output-error',
        toolCallId,
        errorText: 'The server ended while this call was under way; it may have taken effect or not.',
        dynamic: true,
      });
    if (part.state !== 'approval-requested') continue;
    const decision = decisions.find((one) => one.tool_call_id === toolCallId);
    const approvalId = (part.approval as { id: string }).id;
    const approved = decision?.approved === true;
    const reason = decision?.reason === undefined ? {} : { reason: decision.reason };
    run.emit({ type: 'tool-approval-response', approvalId, approved, ...reason });
    const tool = talk.tools.find((one) => one.name === part.toolName);
    if (!approved) run.emit({ type: 'tool-output-denied', toolCallId });
    else if (tool) await runTool(talk, tool, { toolCallId, input: part.input as Record<string, unknown> });
    else run.emit({ type: 'tool-output-error', toolCallId, errorText: 'The tool is gone.', dynamic: true });
  }
}
