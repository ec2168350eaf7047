// What of a prompt injection can be seen without a model: commands to forget, claims of authority, talk about prompts. Each
// is one number beside the embedding; what they are worth was learned (injection-weights.ts).
const signs: RegExp[] = [
  /\b(?:ignore|disregard|forget|overlook|skip|bypass|override|discard|vergiss|ignorier\w*|missachte)\b/i,
  /\b(?:ignore|disregard|forget|vergiss|ignorier\w*)\b.{0,60}\b(?:previous|above|before|prior|earlier|all|every\w*|vorherig\w*|bisher\w*|alle\w*|oben)\b/i,
  /\b(?:instruction|prompt|rule|guideline|directive|task|assignment|anweisung|aufgabe|regel)\w*\b/i,
  /\b(?:system|initial|original|hidden|secret|full|complete|exact)\b.{0,30}\b(?:prompts?|instructions?|message|texts?)\b|\bprompt texts?\b/i,
  /\b(?:show|reveal|print|repeat|output|spell|leak|tell|display|zeig\w*|nenne|wiederhole)\b.{0,60}\b(?:prompts?|instructions?|texts?|above|everything|anweisung\w*)\b/i,
  /\b(?:act|behave|respond|speak) (?:as|like)\b|\bpretend\b|\brole[- ]?play|\byou are (?:now|no longer)\b|\bdu bist (?:jetzt|nun)\b|\bI want you to\b|\btu so\b/i,
  /\b(?:jailbreak|DAN|developer mode|do anything now|unrestricted|no restrictions|without (?:any )?(?:rules|filter|censor\w*))\b/i,
  /\b(?:stop|now|new|next|instead|start over|from now on|jetzt|nun|neue?)\b/i,
  /\b(?:must|only|always|never|just) (?:say|answer|respond|reply|write|output)\b|\bsag(?:e|en)? nur\b/i,
  /<\|?(?:im_start|im_end|system|endoftext)|\[\/?(?:INST|SYS)|^#{1,3} ?(?:system|instruction)|\b(?:system|assistant|user) ?:/im,
  /\b(?:well done|good job|great work|good|super|sehr gut|fantastic|perfect)\b.{0,30}[.!]/i,
  /\?\s*$/,
];

/** The measures of a text: for each sign 0 or 1. Length is none of them: long texts are not suspicious. */
export function measureInjection(text: string): number[] {
  const own = text.slice(0, 4_000);
  return signs.map((sign) => (sign.test(own) ? 1 : 0));
}
