// Decimals and whole micro-units, into each other without floating point.

const MICROS = 1_000_000;

/** The micro-units of a decimal with at most nine digits before the point and six after it. */
export function readAmount(decimal: string): number {
  const [whole = '', fraction = ''] = decimal.split('.');
  return Number(whole) * MICROS + Number(fraction.padEnd(6, '0'));
}

/** The decimal of micro-units, without zeros at its end. */
export function writeAmount(micros: number): string {
  const fraction = String(micros % MICROS)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const whole = String(Math.floor(micros / MICROS));
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
