// What a template is made of, as the contract says it.
import type { modelSettings, promptContent, variable } from '@insula/contract/prompt-templates';
import type { z } from 'zod';

export type Content = z.output<typeof promptContent>;
export type Variable = z.output<typeof variable>;
export type Settings = z.output<typeof modelSettings>;
export type Message = { role: string; content: string };
export type Template = { content: Content; variables: Variable[] };
