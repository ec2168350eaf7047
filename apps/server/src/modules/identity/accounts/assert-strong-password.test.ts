// Which passwords are refused when one is chosen.
import { describe, expect, it } from 'vitest';
import { assertStrongPassword } from './assert-strong-password.ts';

const email = 'ann.smith@example.com';
const isRefused = (password: string) => {
  try {
    assertStrongPassword(password, email);
    return false;
  } catch {
    return true;
  }
};

describe('a new password', () => {
  it('is refused when it is short, common, disguised, a walk on the keyboard, repeated, or the address', () => {
    const weak = `short ninechars password password123 Password123!
      P@ssw0rd2024 p4$$w0rd!! 1234567890 0987654321 qwertyuiop qwerty12345
      1q2w3e4r5t 1qaz2wsx3edc asdfghjkl1 iloveyou123 letmein1234 adminadmin
      administrator1 welcome2024 Summer2025! football99 aaaaaaaaaa abababababab
      abcabcabcabc 12121212121 zzzzzzzzzzzzzzz insula12345 changeme123 ann.smith@example.com
      ann.smith1 Ann.Smith2024 passwordpassword dragonmonkey abcdefghij correcthorsebatterystaple
      sunshine2023 princess12 00000000000000 qwertyqwerty monkey12345`;
    expect(weak.split(/\s+/).filter((password) => !isRefused(password))).toEqual([]);
    expect(isRefused('')).toBe(true);
  });

  it('is taken when it is long and nobody’s favourite', () => {
    const strong = [
      'blue kettle over nine hills',
      'Xk9#mQ2$vL7p',
      'tram-orbit-velvet-12',
      'ünïcödé wörds hère',
    ];
    strong.push(
      'summer kitchen violin forty two',
      'grüne Tür am Fluss',
      '漢字を使った長いパスワード',
      'g7Hq-kP2x-Zt5w',
    );
    expect(strong.filter(isRefused)).toEqual([]);
  });

  it('is judged quickly whatever it is', () => {
    const start = performance.now();
    for (const text of ['a'.repeat(200), 'password'.repeat(25), 'q1w2'.repeat(50), 'é'.repeat(200)])
      isRefused(text);
    expect(performance.now() - start).toBeLessThan(200);
  });
});
