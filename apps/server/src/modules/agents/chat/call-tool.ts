// One call of a tool that a model asked for: known, with arguments it takes, approved where that is needed. Whatever goes
// wrong is told to the model in words and never ends the answer.
import { newId } from '../../../platform/ids.ts';
import type { ToolCall } from '../runs/read-model-stream.ts';
import { judgeArguments } from '../tools/judge-arguments.ts';
import type { Tool } from '../tools/load-tools.ts';
import type { Conversing } from './converse-with-model.ts';

const OUTPUT_MAX = 40_000;

/** Calls the tool and tells of it; answers its words for the model, undefined when a person must approve first. */
export async function callTool(talk: Conversing, call: ToolCall): Promise<string | undefined> {
  const { emit } = talk;
  const { id: toolCallId, name: toolName } = call;
  const tool = talk.tools.find((one) => one.name === toolName);
  const input = parseArguments(call.arguments);
  emit({ type: 'tool-input-available', toolCallId, toolName, input: input ?? {}, dynamic: true });
  const wrong = !tool
    ? `There is no tool ${toolName}.`
    : input === undefined
      ? 'The arguments are no JSON object.'
      : judgeArguments(tool.parameters, input);
  if (!tool || wrong !== undefined) return tellFailure(talk, toolCallId, wrong ?? '');
  if (tool.requiresApproval) {
    emit({ type: 'tool-approval-request', approvalId: newId(), toolCallId });
    return undefined;
  }
  return runTool(talk, tool, { toolCallId, input: input! });
}

/** Runs a tool whose arguments were judged and that needs no approval any more. */
export async function runTool(
  talk: Conversing,
  tool: Tool,
  call: { toolCallId: string; input: Record<string, unknown> },
): Promise<string> {
  const { toolCallId } = call;
  try {
    const output = await tool.call(call.input, talk);
    const said = typeof output === 'string' ? output : JSON.stringify(output);
    const kept = said.length > OUTPUT_MAX ? `${said.slice(0, OUTPUT_MAX)}\n(The rest was left out.)` : output;
    talk.emit({ type: 'tool-output-available', toolCallId, output: kept, dynamic: true });
    return typeof kept === 'string' ? kept : said;
  } catch (error) {
    if (talk.signal.aborted) throw error;
    const { code, message } = error as { code?: string; message: string };
    talk.deps.log.info({ tool: tool.name, code, error: message }, 'a tool failed');
    return tellFailure(talk, toolCallId, message.slice(0, 2_000));
  }
}

function tellFailure(talk: Conversing, toolCallId: string, errorText: string): string {
  talk.emit({ type: 'tool-output-error', toolCallId, errorText, dynamic: true });
  return `Error: ${errorText}`;
}

function parseArguments(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text || '{}') as unknown;
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
