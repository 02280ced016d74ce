import { z } from 'zod';

/** A mail address as people type it; how it is written does not count. */
export const email = z
  .string('must be text')
  .trim()
  .max(128, 'must be at most 128 characters')
  .pipe(z.email('must be a mail address'));

/** Any password, to compare. The rules for a new one are in domain/sign-in. */
export const password = z.string('must be text').min(1, 'must not be empty').max(1_024, 'must be at most 1024 characters').refine((value) => value.isWellFormed(), 'holds a character that cannot be stored');

export const oneTime = z.string('must be text').regex(/^coo_[\w-]{43}$/, 'is not such a token');
export const code = z.string('must be text').trim().regex(/^\d{6}$/, 'must be six digits');
export const recoveryCode = z.string('must be text').trim().max(40, 'is not a recovery code').regex(/^[A-Za-z2-7 -]{16,}$/, 'is not a recovery code');
export const recoveryCodes = z.array(z.string()).describe('Each works once, in place of a code. Shown this once.');

export const newSecondFactor = z
  .object({ secret: z.string().describe('Base32.'), uri: z.string().describe('otpauth:// address, to show as a picture.') })
  .meta({ id: 'NewSecondFactor' });
