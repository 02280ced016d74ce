import type { RefusedField } from './errors.js';
import { toKebab } from './wire-names.js';

const MAX_FIELDS = 100;
const MAX_TEXT = 200;

/**
 * Reads the `errors` of an IT Glue answer into fields that are safe to show: pointers become kebab-case attribute
 * names, texts keep only words that a validation message is made of, because an answer may echo what was submitted.
 * Gives an empty list for HTML, `{message}` and anything else that is not a list of errors.
 */
export function readRefusal(answer: unknown): RefusedField[] {
  const errors = isRecord(answer) && Array.isArray(answer['errors']) ? answer['errors'] : [];
  return errors.slice(0, MAX_FIELDS).filter(isRecord).map((error) => {
    const source = isRecord(error['source']) ? error['source'] : {};
    const detail = safeText(error['detail']);
    return { ...readPointer(source['pointer']), title: safeText(error['title']) ?? detail ?? 'Refused', detail };
  });
}

/** Rails points at the association (`configuration-type`), the attribute that we send is its id. */
const associations = new Set([
  'organization', 'organization-type', 'organization-status', 'location', 'contact', 'contact-type', 'configuration-type',
  'configuration-status', 'manufacturer', 'model', 'operating-system', 'region', 'country', 'password-category', 'parent',
]);

/** `/data/attributes/configuration-type`, `data/attributes/organization_id`, `/data/3/attributes/name`, `id`. */
function readPointer(pointer: unknown): { pointer: string | null; index: number | null } {
  if (typeof pointer !== 'string' || pointer.length > 200) return { pointer: null, index: null };
  const segments = pointer.split('/').filter((segment) => segment !== '');
  const indexText = segments[0] === 'data' && /^\d{1,4}$/.test(segments[1] ?? '') ? segments[1] : undefined;
  const index = indexText === undefined ? null : Number(indexText);
  const attributes = segments.indexOf('attributes');
  const named = attributes >= 0 ? segments[attributes + 1] : segments.length === 1 ? segments[0] : undefined;
  const name = named === undefined ? '' : toKebab(named);
  // Made of known words only: a pointer could echo as well as a text.
  if (name === 'data' || !name.split('-').every((part) => vocabulary.has(part))) return { pointer: null, index };
  return { pointer: associations.has(name) ? `${name}-id` : name, index };
}

/**
 * The vocabulary of validation messages (Rails' own, and those seen from IT Glue). Any other word, every quoted part
 * and every number that is not a limit is replaced, so a name, an address or a password can never come through.
 */
const vocabulary = new Set(
  `a access accepted action address after all allowed already already an and any are as associated at attribute attributes bad base64
  be been before belong belongs between blank body bulk by can can't cannot category characters configuration confirmation
  contact contacts content contain contains could country create created data date destination different does doesn't
  domain duplicate e-mail email empty encoding entity equal even exactly exceeded exceeds exist exists extension
  failed field file filter flexible for form format found from greater has have id in included inclusion interface
  internal invalid ip is it item items key keys kind label large length less limit list location locations long
  longer mac malformed manufacturer many match maximum may media method minimum missing model must name no not null
  number object of on one only operating or order organization other page param parameter part password permitted
  phone pointer present primary processable processed range record reference region related relationship request
  required reserved resource restricted route same selected server short should size smaller some start status string
  supported system taken text than that the this time timed to too took trait type unauthorized unavailable unique
  unknown unprocessable unsupported url using valid value values was when which wildcard with within wrong you zero
  week process error media-type not-found
  1 2 alert archived asset asset-tag autofill by city code copilot description device end expiration expires first fax
  generated gateway hostname important installed last life live mitp notes otp postal position purchased quick secret
  selectors serial shareable tag trait traits updated username via warranty items mobile emails phones out`.split(/\s+/),
);

function safeText(text: unknown): string | null {
  if (typeof text !== 'string') return null;
  const words = text
    .slice(0, 2_000)
    .replace(/"[^"]*"|“[^”]*”|`[^`]*`|'[^']*'(?![a-z])/g, ' … ')
    // Limits are told as "maximum is 255 characters": the only numbers worth keeping, and never a submitted value.
    .replace(/\b(minimum|maximum) is (\d{1,9})\b/gi, '$1 is #$2')
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(safeWord);
  const joined = words.join(' ').replace(/…(?: …)+/g, '…').slice(0, MAX_TEXT).trim();
  return /[a-z]/i.test(joined) ? joined : null;
}

function safeWord(word: string): string {
  const limit = /^\(?#(\d{1,9})\)?$/.exec(word);
  if (limit) return limit[1] ?? '…';
  const core = word.replace(/^[("']+|[).,:;!?"']+$/g, '');
  const parts = core.toLowerCase().split('_');
  return parts.every((part) => vocabulary.has(part)) ? word : '…';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
