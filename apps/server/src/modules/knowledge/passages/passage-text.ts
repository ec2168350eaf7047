// What is embedded of a passage: what it is about stands in the title and the headings, and often nowhere else.

/** Title, headings and text as one. */
export function passageText(passage: {
  title: string;
  headingPath: readonly string[];
  text: string;
}): string {
  const about = [passage.title, ...passage.headingPath].filter((part) => part.trim() !== '').join(' › ');
  return about === '' ? passage.text : `${about}\n${passage.text}`;
}
