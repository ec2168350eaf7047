// Words that say nothing about what a text is about. They are neither indexed nor searched for; they tell languages apart.

const split = (words: string) => new Set(words.split(' '));

export const stopWords = {
  en: split(
    'a about also an and any are as at be been but by can could did do does for from had has have how i if in into is it its may more most no not of on one only or other our should so some such than that the their them then there these they this those to under upon use used using was we were what when where which while who why will with within would you your',
  ),
  de: split(
    'aber alle als also am an auch auf aus bei beim bis das dass dem den der des die dies diese dieser dieses doch durch ein eine einem einen einer eines er es für gegen hat hatte ich ihr im in ist ja je kann kein keine mit nach nicht noch nur ob oder ohne sein seine sich sie sind so über um und uns unter vom von vor war was wenn wer werden wie wird wir wo zu zum zur zwischen',
  ),
  none: new Set<string>(),
} as const;

/** Languages whose words are brought to their stems; `none` is everything else. */
export type Language = keyof typeof stopWords;
