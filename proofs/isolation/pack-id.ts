// The spelling of an id inside keys and tokens: 22 base-62 digits. Written here again on purpose: the proof forges them from
// outside, and shares nothing with the server but the contract.
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A UUID as it stands in a key or a token. */
export function packId(id: string): string {
  let value = BigInt(`0x${id.replaceAll('-', '')}`);
  let text = '';
  for (let i = 0; i < 22; i++) {
    text = digits[Number(value % 62n)] + text;
    value /= 62n;
  }
  return text;
}
