// Decimals as whole numbers of a smaller unit: money is never a floating-point number, not even on its way into a request.
import { UsageError } from '../terminal/shell.ts';

const DIGITS_MAX = 40;

/** The decimal times 10 to the power of `places`, rounded half away from zero; takes exponents, such as 1.5e-07. */
export function scaleDecimal(text: string, places: number): bigint {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i.exec(text.trim()) ?? [];
  const digits = whole + fraction;
  const shift = Number(exponent) - fraction.length + places;
  if (digits === '' || digits.length > DIGITS_MAX || Math.abs(shift) > DIGITS_MAX)
    throw new UsageError(`"${text.slice(0, 40)}" is not a decimal.`);
  const amount =
    shift >= 0 ? BigInt(digits) * 10n ** BigInt(shift) : divide(BigInt(digits), 10n ** BigInt(-shift));
  return sign === '-' ? -amount : amount;
}

/** The decimal of `amount` units of which 10 to the power of `places` make one, without zeros at its end. */
export function writeScaled(amount: bigint, places: number): string {
  const digits = String(amount < 0n ? -amount : amount).padStart(places + 1, '0');
  const fraction = digits.slice(-places).replace(/0+$/, '');
  const whole = digits.slice(0, -places);
  return `${amount < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Divides and rounds half away from zero. */
export function divide(amount: bigint, by: bigint): bigint {
  const size = amount < 0n ? -amount : amount;
  const rounded = (size * 2n + by) / (by * 2n);
  return amount < 0n ? -rounded : rounded;
}
