import { passwordFault } from './sign-in/password-rules.js';

/** What a client's data can be downloaded as. */
export const downloadFormats = ['json', 'csv', 'xlsx'] as const;
export type DownloadFormat = (typeof downloadFormats)[number];

/** Whether something that may be part of a download is. */
export const inclusions = ['included', 'left_out'] as const;
export type Inclusion = (typeof inclusions)[number];

/** What somebody asked for. */
export interface DownloadChoice {
  readonly format: DownloadFormat;
  /** Passwords and one-time password secrets. With them the file is a ZIP that a passphrase protects. */
  readonly passwords: Inclusion;
  /** The bytes of the client's files. With them the file is a ZIP. */
  readonly attachments: Inclusion;
}

export type DownloadState = 'building' | 'ready' | 'failed';

/** Downloads of one client: how many may be built at the same time, and how many are kept. */
export const downloadLimits = { building: 2, kept: 10 } as const;

const bare: Readonly<Record<DownloadFormat, { extension: string; contentType: string }>> = {
  json: { extension: 'json', contentType: 'application/json' },
  csv: { extension: 'zip', contentType: 'application/zip' },
  xlsx: { extension: 'xlsx', contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' },
};

/** Whether the download is one file as it stands, or a ZIP with it in it. */
export function isBare({ format, passwords, attachments }: DownloadChoice): boolean {
  return format !== 'csv' && passwords === 'left_out' && attachments === 'left_out';
}

/** Ending of the file's name, and its content type. */
export function fileTypeOf(choice: DownloadChoice): { readonly extension: string; readonly contentType: string } {
  return isBare(choice) ? bare[choice.format] : bare.csv;
}

/**
 * Least characters of a passphrase. Whoever has the file can try passphrases as fast as their machines go: the standard that
 * common tools open (WinZip AE-2) slows each try down by 1,000 rounds of PBKDF2 only.
 */
export const passphraseLength = { min: 16, max: 128 } as const;

/** What is wrong with a passphrase, in words for the person who chose it; null when nothing is. */
export function passphraseFault(passphrase: string, company: string): string | null {
  const { min, max } = passphraseLength;
  // Tools do not agree on how other characters become bytes: the file would open in one and not in the next.
  if (!/^[\x20-\x7e]*$/.test(passphrase)) return 'may hold letters without accents, digits, blanks and common signs only, so that every tool reads it alike';
  if (passphrase !== passphrase.trim()) return 'must not begin or end with a blank';
  if (passphrase.length < min) return `must have at least ${min} characters: whoever has the file can try as many as they like`;
  if (passphrase.length > max) return `must have at most ${max} characters`;
  return passwordFault(passphrase, [company]);
}
