import { describe, expect, it } from 'vitest';
import { passwordFault as fault } from '../../domain/sign-in/password-rules.js';
import { commonPasswords } from '../../store/sign-in/common-passwords.js';

const passwordFault = (password: string, personal?: readonly string[]) => fault(password, personal, commonPasswords());
const personal = ['Maya', 'Lindqvist', 'maya.lindqvist@harbor.example', 'Harbor Managed IT'];

describe('a password', () => {
  it.each([
    'tide-lamp-orchard',
    'correct pony under 7 bridges',
    'Vq3!kz8#Lw0p',
    'ünbekannter Dampfer',
    '山の上に小さな家が三軒ある村へ',
    'x'.repeat(3) + 'the quick brown vixen '.repeat(11),
    '   leading and trailing spaces   ',
  ])('of one’s own is taken: %s', (password) => expect(passwordFault(password, personal)).toBeNull());

  it('needs 12 characters at least and 256 at most, whatever they are', () => {
    expect(passwordFault('Short-1!abc')).toContain('at least 12');
    expect(passwordFault('😀tide-lamp-o')).toBeNull();
    expect(passwordFault('tide lamp orchard '.repeat(15))).toContain('at most 256');
  });

  it.each([
    'password1234', 'Password123!', 'P@ssw0rd2026!', 'Welcome12345', 'Summer2026!!', 'qwertyuiop12', 'qwertyuiop[]', '123456789012', '1qaz2wsx3edc', 'aaaaaaaaaaaa', 'abcabcabcabc',
    'abcdefghijkl', 'letmein12345', 'iloveyou1234', 'administrator', 'changeme2026', 'adminadmin12', 'correcthorsebatterystaple', 'passwordpassword', 'Secret-Secret-1', 'November2026!',
  ])('that everybody tries first is refused: %s', (password) => expect(passwordFault(password, personal)).toContain('first that somebody would try'));

  it.each(['leavemealone', 'Leave-Me-Alone!', 'l3avemeal0ne77', 'Sunflower2026!', '!!bubblegum99', 'sonyericsson', 'q1w2e3r4t5y6', '123456qwerty', 'polniypizdec0211', 'tinkerbelltinkerbell'])('that was leaked often is refused, with what people add to it: %s', (password) =>
    expect(passwordFault(password, personal)).toContain('first that somebody would try'));

  it('is held against far more than the 3,000 most frequent ones of its length', () => {
    expect(commonPasswords().size).toBeGreaterThan(40_000);
  });

  it.each(['HarborManagedIT1', 'Harbor-Managed-2026', 'maya.lindqvist', 'Lindqvist1987!', 'L1ndqv1st-M4ya'])('of the person’s or company’s name is refused: %s', (password) =>
    expect(passwordFault(password, personal)).not.toBeNull());

  it('may hold a common word among others', () => expect(passwordFault('summer violin gravel password')).toBeNull());
});
