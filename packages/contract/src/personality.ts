// The personality of an agent on paper: how it speaks, what it knows well, how it looks and sounds. What each field does to the
// system prompt stands in docs/guides/agents.md and is shown by the preview.
import { z } from 'zod';

/** 0–100 in five bands; 41–60 is how a model speaks by itself and adds nothing. */
const scale = z.int().min(0).max(100);
const line = z.string().trim().min(1).max(200);

export const toneScales = [
  'formality',
  'friendliness',
  'professional',
  'empathy',
  'assertiveness',
  'humor',
] as const;
export type ToneScale = (typeof toneScales)[number];

const tone = z
  .strictObject({
    formality: scale,
    friendliness: scale,
    professional: scale,
    empathy: scale,
    assertiveness: scale,
    humor: scale,
  })
  .partial();

const communication = z
  .strictObject({
    verbosity: z.enum(['brief', 'balanced', 'detailed']),
    technical_level: z.enum(['layperson', 'informed', 'expert']),
    /** The language of answers, as people call it ("German"); left out: that of the question. */
    language: line,
  })
  .partial();

const expertise = z
  .array(
    z.strictObject({ area: line, level: z.enum(['familiar', 'proficient', 'expert']).default('proficient') }),
  )
  .max(20);

const responseStyle = z
  .strictObject({
    examples: z.boolean(),
    steps: z.boolean(),
    sources: z.boolean(),
    format: z.enum(['prose', 'bullets', 'markdown', 'plain']),
  })
  .partial();

const avatar = z
  .strictObject({
    /** An emoji or one to three letters. */
    symbol: z.string().trim().min(1).max(16),
    color: z
      .string()
      .max(7)
      .regex(/^#[0-9a-fA-F]{6}$/, 'Write a colour as #rrggbb.'),
    image_url: z.url({ protocol: /^https$/ }).max(2_000),
  })
  .partial();

const voice = z
  .strictObject({
    enabled: z.boolean(),
    /** Provider and model of speech, as the gateway knows them. */
    provider: line,
    model: line,
    voice: line,
    language: line,
    speed: z.number().min(0.25).max(4),
    pitch: z.number().min(-20).max(20),
    format: z.enum(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']),
  })
  .partial();

const behaviors = z
  .strictObject({
    /** Offers the next step without being asked. */
    proactive_help: z.boolean(),
    /** Asks back when a question can be understood in several ways. */
    asks_back: z.boolean(),
    /** Says so when it does not know, instead of guessing. */
    admits_gaps: z.boolean(),
    /** Keeps to the subjects of its expertise. */
    stays_on_topic: z.boolean(),
    /** Takes up what the person said earlier in the conversation. */
    learning: z.boolean(),
  })
  .partial();

const customPrompts = z
  .strictObject({
    /** Stands at the end of the system prompt, word for word. */
    system: z.string().max(16_000),
    /** What a new conversation shows before the first question; never sent to a model. */
    greeting: z.string().max(2_000),
  })
  .partial();

/** Every field may be left out; what is left out adds nothing. */
export const personality = z
  .strictObject({
    /** How the agent calls itself. */
    name: line,
    tone,
    communication,
    expertise,
    response_style: responseStyle,
    avatar,
    voice,
    behaviors,
    custom_prompts: customPrompts,
  })
  .partial();
export type Personality = z.infer<typeof personality>;
