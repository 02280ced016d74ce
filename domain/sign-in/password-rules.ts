/** Lengths in characters; no rules about kinds of characters (ASVS 5.0, 6.2.1, 6.2.5 and 6.2.9). */
export const passwordLength = { min: 12, max: 256 } as const;

/**
 * Words that people build passwords of when they must have one: the most frequent ones of published lists of leaked
 * passwords, without the digits and signs that are put before and after them.
 */
const commonWords = [
  'password', 'passwort', 'passwd', 'pass', 'pwd', 'passphrase', 'secret', 'geheim', 'welcome', 'willkommen', 'bienvenue', 'hello', 'login', 'logon', 'signin',
  'letmein', 'opensesame', 'iloveyou', 'loveyou', 'trustno', 'changeme', 'change', 'default', 'temp', 'temporary', 'test', 'testing', 'tester', 'demo', 'example',
  'admin', 'administrator', 'root', 'user', 'guest', 'master', 'super', 'superman', 'batman', 'spiderman', 'starwars', 'pokemon', 'dragon', 'monkey', 'princess',
  'sunshine', 'shadow', 'football', 'baseball', 'basketball', 'soccer', 'hockey', 'liverpool', 'arsenal', 'chelsea', 'barcelona', 'manchester', 'united', 'yankees', 'cowboys',
  'michael', 'jordan', 'jennifer', 'jessica', 'charlie', 'thomas', 'daniel', 'michelle', 'andrea', 'nicole', 'ashley', 'matthew', 'andrew', 'joshua', 'samantha',
  'killer', 'hunter', 'ranger', 'buster', 'tigger', 'pepper', 'ginger', 'cookie', 'cheese', 'chocolate', 'banana', 'orange', 'flower', 'butterfly', 'rainbow',
  'computer', 'internet', 'server', 'windows', 'microsoft', 'office', 'google', 'apple', 'samsung', 'facebook', 'network', 'system', 'security', 'secure', 'firewall',
  'spring', 'summer', 'autumn', 'winter', 'fall', 'january', 'february', 'march', 'april', 'june', 'july', 'august', 'september', 'october', 'november', 'december',
  'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday', 'company', 'business', 'manager', 'onboarding', 'onboarder', 'client', 'clientonboarder', 'itglue', 'msp',
  'qwerty', 'qwertz', 'azerty', 'asdf', 'asdfgh', 'zxcv', 'zxcvbn', 'qazwsx', 'wsx', 'edc', 'rfv', 'qaz', 'abc', 'abcd', 'xyz', 'my', 'the', 'is', 'i', 'you', 'me', 'love',
  'correcthorsebatterystaple', 'mynoob', 'access', 'whatever', 'nothing', 'freedom', 'forever', 'family', 'mustang', 'ferrari', 'porsche', 'mercedes', 'harley', 'corvette', 'maverick',
];

/** What follows another so closely on a keyboard or in the alphabet that it adds nothing. */
const rows = ['0123456789', '9876543210', 'abcdefghijklmnopqrstuvwxyz', 'zyxwvutsrqponmlkjihgfedcba', 'qwertyuiop', 'qwertzuiop', 'asdfghjkl', 'zxcvbnm', 'yxcvbnm', 'poiuytrewq', 'lkjhgfdsa', 'mnbvcxz', '1qaz2wsx3edc4rfv5tgb6yhn7ujm'];

const leet: Readonly<Record<string, string>> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '8': 'b', '@': 'a', $: 's', '!': 'i' };

/** What does not make a password: digits and signs beside a word, of which people add what a rule once asked for. */
const leastOwnLetters = 4;

/**
 * What is wrong with a password, in words for the person who chose it; null when nothing is.
 * @param personal words that belong to the person: names, mail address, the company's name
 * @param common passwords of published leaks, in lower case
 */
export function passwordFault(password: string, personal: readonly string[] = [], common: ReadonlySet<string> = new Set()): string | null {
  const length = [...password].length;
  if (length < passwordLength.min) return `must have at least ${passwordLength.min} characters`;
  if (length > passwordLength.max) return `must have at most ${passwordLength.max} characters`;
  const folded = password.normalize('NFKC').toLowerCase();
  if (isRepeated(folded) || isWalk(folded) || isCommon(folded, common)) return 'is one of the first that somebody would try; choose several words that do not belong together';
  const own = personal.flatMap((word) => [squeezed(word), ...word.toLowerCase().split(/[^\p{L}\p{N}]+/u)]).filter((word) => word.length >= 3);
  if (leftOver(folded, own) < leastOwnLetters) return 'is made of your name or your company’s; choose words that have nothing to do with either';
  if (leftOver(folded, [...commonWords, ...own]) < leastOwnLetters) return 'is one of the first that somebody would try; choose several words that do not belong together';
  return null;
}

/** Digits and signs around a leaked password that do not make it another one. */
const mostAround = 6;

/** Whether it is a leaked password: as it stands, written with digits for letters, twice in a row, or with a few digits and signs around. */
function isCommon(folded: string, common: ReadonlySet<string>): boolean {
  const bare = folded.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const bases = folded.length - bare.length <= mostAround ? [folded, bare] : [folded];
  const forms = bases.flatMap(readingsOf).flatMap((reading) => [reading, squeezed(reading)]);
  return forms.some((form) => common.has(form) || common.has(/^(.{4,})\1$/u.exec(form)?.[1] ?? ''));
}

const readingsOf = (folded: string) => [folded, [...folded].map((char) => leet[char] ?? char).join('')];

/** Letters that stay when the words are cut out, read as they stand and with digits and signs in the place of letters. */
function leftOver(folded: string, words: readonly string[]): number {
  const longestFirst = [...words].sort((a, b) => b.length - a.length);
  return Math.min(
    ...readingsOf(folded).map((reading) => {
      let rest = squeezed(reading);
      for (const word of longestFirst) rest = rest.replaceAll(word, ' ');
      return new Set(rest.replace(/[^\p{L}]/gu, '')).size;
    }),
  );
}

const squeezed = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** The same few characters again and again. */
function isRepeated(text: string): boolean {
  return new Set(text).size < 4 || /^(.{1,6})\1+.{0,5}$/u.test(text);
}

/** Nothing but runs along a row of keys or the alphabet, three at least in each. */
function isWalk(text: string): boolean {
  let at = 0;
  while (at < text.length) {
    let run = 0;
    while (at + run < text.length && rows.some((row) => row.includes(text.slice(at, at + run + 1)))) run += 1;
    if (run < 3 && at + run < text.length) return false;
    at += Math.max(run, 1);
  }
  return true;
}
