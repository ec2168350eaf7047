// The system prompt of an agent, composed from what people set: a pure function, so that the preview shows exactly what a
// model gets. Each field gives its own sentence in a fixed order, and changes no other.
import { type Personality, toneScales } from '@insula/contract/personality';
import { findToneSentence } from './find-tone-sentence.ts';

export type Part = { field: string; text: string };
export type Composed = { system_prompt: string; parts: Part[]; greeting: string | null };
export type Composable = { name: string; system_prompt: string; personality: Personality };

const verbosity = {
  brief: 'Answer briefly: a few sentences at most, unless more is asked for.',
  balanced: 'Answer at the length that the question needs.',
  detailed: 'Answer in detail, with the background that a curious person would want.',
};
const technicalLevel = {
  layperson: 'Explain for somebody without technical knowledge, and avoid jargon or explain it.',
  informed: 'Explain for somebody who knows the basics of the subject.',
  expert: 'Speak as to an expert: exact terms, no explanations of basics.',
};
const expertiseLevel = { familiar: 'familiar with', proficient: 'proficient in', expert: 'an expert in' };
const formats = {
  prose: 'Write continuous prose, without lists.',
  bullets: 'Write in bullet points.',
  markdown: 'Use Markdown: headings, lists and tables where they help.',
  plain: 'Write plain text without any markup.',
};
const behaviors = {
  proactive_help: [
    'Offer the next useful step after your answer.',
    'Answer what was asked; do not offer more.',
  ],
  asks_back: [
    'Ask back when a question can be understood in several ways.',
    'Do not ask back; choose the likeliest meaning and say which one you chose.',
  ],
  admits_gaps: ['Say so when you do not know something, instead of guessing.', undefined],
  stays_on_topic: [
    'Decline politely what is not about your subject, and say what you can help with.',
    undefined,
  ],
  learning: [
    'Take up what the person told you earlier in this conversation.',
    'Answer each question by itself, without reference to earlier ones.',
  ],
} as const;
const styles = {
  examples: ['Give an example wherever it helps.', 'Give no examples unless asked.'],
  steps: ['Break instructions into numbered steps.', 'Do not break answers into numbered steps.'],
  sources: ['Name the source of every statement that you take from one.', 'Do not name sources.'],
} as const;

/** Composes the prompt: the agent's own instructions first, then one sentence a field, word for word as documented. */
export function composePrompt(agent: Composable): Composed {
  const { personality } = agent;
  const parts = [
    part('system_prompt', agent.system_prompt.trim() || `You are ${agent.name}, a helpful assistant.`),
    ...(personality.name ? [part('name', `Your name is ${personality.name}.`)] : []),
    ...toneParts(personality.tone),
    ...communicationParts(personality.communication),
    ...expertiseParts(personality.expertise),
    ...styleParts(personality.response_style),
    ...switchParts('behaviors', behaviors, personality.behaviors),
    ...textPart('custom_prompts.system', personality.custom_prompts?.system),
  ];
  const [first, ...rest] = parts;
  const last = rest.at(-1)?.field === 'custom_prompts.system' ? rest.pop() : undefined;
  const blocks = [first!.text, rest.map(({ text }) => text).join('\n'), last?.text ?? ''];
  return {
    system_prompt: blocks.filter(Boolean).join('\n\n'),
    parts,
    greeting: personality.custom_prompts?.greeting?.trim() || null,
  };
}

const part = (field: string, text: string): Part => ({ field, text });

function textPart(field: string, text: string | undefined): Part[] {
  return text?.trim() ? [part(field, text.trim())] : [];
}

function toneParts(tone: Personality['tone']): Part[] {
  return toneScales.flatMap((scale) => {
    const value = tone?.[scale];
    return value === undefined ? [] : textPart(`tone.${scale}`, findToneSentence(scale, value));
  });
}

function communicationParts(style: Personality['communication']): Part[] {
  if (!style) return [];
  const { verbosity: length, technical_level: level, language } = style;
  return [
    ...textPart('communication.verbosity', length && verbosity[length]),
    ...textPart('communication.technical_level', level && technicalLevel[level]),
    ...textPart('communication.language', language && `Answer in ${language}, whatever the question is in.`),
  ];
}

function expertiseParts(expertise: Personality['expertise']): Part[] {
  const areas = (expertise ?? []).map(({ area, level }) => `${expertiseLevel[level]} ${area}`);
  return areas.length > 0 ? [part('expertise', `You are ${areas.join('; ')}.`)] : [];
}

function styleParts(style: Personality['response_style']): Part[] {
  return [
    ...switchParts('response_style', styles, style),
    ...textPart('response_style.format', style?.format && formats[style.format]),
  ];
}

/** A switch says one thing when on, perhaps another when off, and nothing when it is left out. */
function switchParts(
  group: string,
  words: Record<string, readonly [string, string | undefined]>,
  given: Record<string, unknown> | undefined,
): Part[] {
  return Object.entries(words).flatMap(([key, [on, off]]) => {
    const value = given?.[key];
    return typeof value === 'boolean' ? textPart(`${group}.${key}`, value ? on : off) : [];
  });
}
