// The checksums that make a number surely what it looks like. All take digits (or letters where said) without separators.

/** Luhn: payment cards, and others. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length > 1 && sum % 10 === 0 && !/^(\d)\1*$/.test(digits);
}

/** Sum of digits times weights. */
export function weigh(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, i) => sum + weight * Number(digits[i]), 0);
}

/** The number that the digits write, modulo `divisor`; of any length. */
export function remainder(digits: string, divisor: number): number {
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % divisor;
  return rest;
}

/** The check digit of ICAO 9303 (passports): weights 7, 3, 1 over digits, letters (A is 10) and fillers. */
export function icaoCheckDigit(field: string): number {
  const values = [...field].map((c) => (c === '<' ? 0 : Number.parseInt(c, 36)));
  return values.reduce((sum, value, i) => sum + value * [7, 3, 1][i % 3]!, 0) % 10;
}

/** Check digits of ISO 7064 MOD 11,10 (German tax number): whether the last digit fits. */
export function passesMod1110(digits: string): boolean {
  let product = 10;
  for (const digit of digits.slice(0, -1)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits.at(-1));
}
