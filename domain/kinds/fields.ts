import { z } from 'zod';
import { isSeen, storable } from '../said.js';

/** Red star (`save`), blue star (`submit`) or neither: what a field is needed for. */
export type Requirement = 'save' | 'submit' | 'optional';

/** What a value is, for forms, imports and spreadsheets. */
export type FieldType = 'text' | 'longText' | 'email' | 'phone' | 'url' | 'date' | 'boolean' | 'secret' | 'integer' | 'choice';

/** One field of a kind: its rule (zod), its words, and what it is needed for. */
export interface Field<T extends z.ZodType = z.ZodType> {
  readonly label: string;
  readonly type: FieldType;
  readonly requirement: Requirement;
  /** Accepts a value or null; a missing key means null. */
  readonly schema: T;
  /**
   * Texts that the schema surely takes just as they are. It is much quicker than the schema, which judges all others: imports of many
   * rows need that.
   */
  readonly taken?: RegExp;
  /** Column names of other tools that mean this field, lower case, without punctuation. */
  readonly synonyms: readonly string[];
  /** The page that shows the field when it is not the kind's own page. */
  readonly page?: string;
  /** Set by the product itself (a file's size, for example), never by a person or an import. */
  readonly derived?: true;
  /** Whether "none", "not known" or "not applicable" may stand for a value. */
  readonly answers: 'allowed' | 'refused';
}

export interface FieldOptions<R extends Requirement = Requirement> {
  required?: R;
  max?: number;
  synonyms?: readonly string[];
  page?: string;
  derived?: true;
  answers?: 'refused';
}

/** A line of printable ASCII without blanks around it. */
const plainLine = (max: number) => new RegExp(`^[!-~](?:[ -~]{0,${max - 2}}[!-~])?$`);

/** A field that is needed to save never holds null; any other may. */
type Held<T extends z.ZodType, R extends Requirement> = R extends 'save' ? T : z.ZodNullable<T>;

function field<T extends z.ZodType, R extends Requirement = 'optional'>(
  label: string,
  type: FieldType,
  schema: T,
  options: FieldOptions<R> = {},
  taken?: RegExp,
): Field<Held<T, R>> {
  const requirement = options.required ?? 'optional';
  const held = requirement === 'save' ? schema : schema.nullable();
  return {
    label,
    type,
    requirement,
    schema: held as Held<T, R>,
    ...(taken ? { taken } : {}),
    synonyms: options.synonyms ?? [],
    ...(options.page ? { page: options.page } : {}),
    ...(options.derived ? { derived: options.derived } : {}),
    answers: requirement === 'save' || options.derived || type === 'boolean' ? 'refused' : (options.answers ?? 'allowed'),
  };
}

const oneLine = (value: string) => !/[\r\n]/.test(value);

const string = (max: number) =>
  z
    .string('must be text')
    .trim()
    .max(max, `must be at most ${max} characters`)
    .refine(storable, 'holds a character that cannot be stored');

// A name of zero-width blanks would be an empty cell that nobody finds again.
const filled = (max: number) => string(max).refine(isSeen, 'must not be empty');

/** One line of text. Default limit 255 characters. */
export function text<R extends Requirement = 'optional'>(label: string, options: FieldOptions<R> = {}) {
  const max = options.max ?? 255;
  return field(label, 'text', filled(max).refine(oneLine, 'must be one line'), options, plainLine(max));
}

/**
 * The name of a file, cleaned when it is saved: the folders that some browsers send in front, control characters, marks that
 * turn the reading direction (`annexe\u202Efdp.exe` would look like a PDF), what no file system of a customer takes, and dots
 * and blanks at the end.
 */
export function fileName<R extends Requirement = 'optional'>(label: string, options: FieldOptions<R> = {}) {
  const cleaned = (name: string) =>
    name
      .replace(/^.*[/\\]/su, '')
      // NUL and line ends are refused as in any other line, not cleaned away.
      .replace(/(?![\0\r\n])[\p{Cc}\p{Bidi_Control}]/gu, '')
      .replace(/[<>:"|?*]/g, '_')
      .replace(/^ +|[. ]+$/g, '');
  return field(label, 'text', z.string().overwrite(cleaned).pipe(filled(options.max ?? 200).refine(oneLine, 'must be one line')), options);
}

/** Free text of several lines. Default limit 10,000 characters. */
export function longText<R extends Requirement = 'optional'>(label: string, options: FieldOptions<R> = {}) {
  const max = options.max ?? 10_000;
  return field(label, 'longText', filled(max), options, plainLine(max));
}

/** A mail address: form only, at most 128 characters (client-onboarder.md 2.6). */
export function email<R extends Requirement = 'optional'>(label: string, options: FieldOptions<R> = {}) {
  return field(label, 'email', string(options.max ?? 128).pipe(z.email('must be a mail address such as ada@example.com')), options);
}

/** A phone number as people write it: digits, blanks and + - . ( ) / #, 3 to 40 characters. */
export function phone<R extends Requirement = 'optional'>(label: string, options: FieldOptions<R> = {}) {
  return field(label, 'phone', string(40).regex(/^(?=(?:.*\d){3})[\d\s+\-.()/#x]+$/i, 'must be a phone number'), options);
}

/** A phone extension: up to five digits. */
export function extension(label: string, options: FieldOptions<'optional'> = {}) {
  return field(label, 'text', string(5).regex(/^\d{1,5}$/, 'must be up to five digits'), options);
}

// Browsers pass over control characters in front of and within the word, and run what follows.
const isScript = (value: string) => /^\s*(javascript|vbscript|data):/i.test(value.replace(/[\p{Cc}\p{Cf}]/gu, ''));

/** A web address; a bare host such as `mail.example.com/owa` is kept as written. Never a script: it becomes a link on somebody's page. */
export function url<R extends Requirement = 'optional'>(label: string, options: FieldOptions<R> = {}) {
  return field(label, 'url', filled(options.max ?? 2_000).refine((value) => !/\s/.test(value), 'must not hold blanks').refine((value) => !isScript(value), 'must be an address, not a script'), options);
}

/** Every month has the first 28. */
const day = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/;

/** A calendar day, `yyyy-mm-dd`. */
export function date<R extends Requirement = 'optional'>(label: string, options: FieldOptions<R> = {}) {
  return field(label, 'date', z.iso.date('must be a date such as 2026-03-31'), options, day);
}

export function boolean(label: string, options: FieldOptions<'optional'> = {}) {
  return field(label, 'boolean', z.boolean('must be true or false'), options);
}

export function integer<R extends Requirement = 'optional'>(label: string, options: FieldOptions<R> & { min?: number; largest?: number } = {}) {
  const [min, largest] = [options.min ?? 0, options.largest ?? 1_000_000_000];
  const schema = z.int('must be a whole number').min(min, `must be at least ${min}`).max(largest, `must be at most ${largest}`);
  return field(label, 'integer', schema, options);
}

/** A secret: kept exactly as typed (no trimming), never shown in lists, revealed one at a time. */
export function secret<R extends Requirement = 'optional'>(label: string, options: FieldOptions<R> = {}) {
  const max = options.max ?? 4_000;
  const schema = z
    .string('must be text')
    .min(1, 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    .refine(storable, 'holds a character that cannot be stored');
  return field(label, 'secret', schema, options);
}

const normalMac = /^[0-9A-F]{2}(:[0-9A-F]{2}){5}$/;

/** A MAC address, normalised to `AA:BB:CC:DD:EE:FF` (IT Glue takes 17 characters, it-glue-api.md 2.5). */
export function mac(label: string, options: FieldOptions<'optional'> = {}) {
  const schema = string(40).transform((value, context) => {
    if (normalMac.test(value)) return value;
    const digits = value.replace(/[\s:.\-]/g, '').toUpperCase();
    if (!/^[0-9A-F]{12}$/.test(digits)) {
      context.addIssue({ code: 'custom', message: 'must be a MAC address such as 00:1A:2B:3C:4D:5E' });
      return z.NEVER;
    }
    return digits.match(/../g)!.join(':');
  });
  return field(label, 'text', schema, options, normalMac);
}

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`);

/** An IPv4 or IPv6 address. */
export function ip(label: string, options: FieldOptions<'optional'> = {}) {
  return field(label, 'text', string(45).pipe(z.union([z.ipv4(), z.ipv6()], 'must be an IP address')), options, ipv4);
}

/** One of a fixed set of words. */
export function choice<const V extends readonly [string, ...string[]]>(
  label: string,
  values: V,
  options: FieldOptions<'optional'> = {},
) {
  return field(label, 'choice', z.enum(values, `must be one of: ${values.join(', ')}`), options);
}
