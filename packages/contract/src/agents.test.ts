import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { agents } from './agents.ts';

const { inputSchema } = agents.create['~orpc'] as unknown as { inputSchema: z.ZodType };
const workspace_id = '00000000-0000-0000-0000-000000000002';
const take = (given: object) => inputSchema.safeParse({ workspace_id, name: 'Bot', ...given }).success;

describe('what an agent may be', () => {
  it.each([
    ['nothing but a name', {}, true],
    ['the hottest temperature', { temperature: 2 }, true],
    ['a hotter one', { temperature: 2.1 }, false],
    ['a negative one', { temperature: -0.1 }, false],
    ['every tool there is', { enabled_tools: ['vector_search', 'hybrid_search', 'graph_search'] }, true],
    ['a tool there is not', { enabled_tools: ['shell'] }, false],
    ['a tool twice', { enabled_tools: ['vector_search', 'vector_search'] }, false],
    ['a slug with capitals', { slug: 'Bot' }, false],
    ['a long prompt', { system_prompt: 'x'.repeat(32_000) }, true],
    ['a longer one', { system_prompt: 'x'.repeat(32_001) }, false],
    ['a tool configuration without bounds', { tool_config: { text: 'x'.repeat(64_000) } }, false],
    ['a tool configuration that is a list', { tool_config: [] }, false],
    ['a field there is not', { organization_id: workspace_id }, false],
  ])('%s', (_what, given, taken) => {
    expect(take(given)).toBe(taken);
  });
});
