// Turns what a caller sent for one attribute into what is stored, or into the reason it is refused.

import { isIP } from 'node:net';
import type { Field } from './field.js';
import { formatPhone, stripSeparators } from './phone.js';
import { isObject, snakeKeys, type Json, type JsonObject } from '../json.js';
import type { Switches } from '../switches.js';

export type Cast = { readonly value: Json } | { readonly refused: string } | 'keep';

const truthy = new Set<Json>([true, 1, 'true', '1']);
const falsy = new Set<Json>([false, 0, 'false', '0']);
const emailShape = /^[^\s@<>(),;:"]+@[^\s@<>(),;:"]+$/;

export function validMac(value: string): boolean {
  return /^(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i.test(value) || /^(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}$/i.test(value) || /^[0-9a-f]{12}$/i.test(value);
}

const control = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g;
const fourByte = /[\u{10000}-\u{10FFFF}]/gu;

function castText(sent: Json, switches: Switches): Cast {
  let value = typeof sent === 'string' ? sent : typeof sent === 'number' || typeof sent === 'boolean' ? String(sent) : null;
  if (value === null) return { refused: 'is invalid' };
  if (switches.controlCharacters !== 'keep' && control.test(value)) {
    control.lastIndex = 0;
    if (switches.controlCharacters === 'reject422') return { refused: 'contains invalid characters' };
    value = value.replace(control, '');
  }
  if (switches.fourByteCharacters !== 'keep' && fourByte.test(value)) {
    fourByte.lastIndex = 0;
    if (switches.fourByteCharacters === 'reject422') return { refused: 'contains invalid characters' };
    value = value.replace(fourByte, '?');
  }
  return { value };
}

function castDate(text: string): Cast {
  const day = /^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$/.exec(text)?.[1];
  if (day === undefined) return { refused: 'is not a valid date' };
  const parsed = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== day ? { refused: 'is not a valid date' } : { value: day };
}

function castEntries(sent: Json, one: (entry: JsonObject) => JsonObject | string): Cast {
  if (!Array.isArray(sent)) return { refused: 'must be an array' };
  const entries: JsonObject[] = [];
  for (const element of sent) {
    const entry = isObject(element) ? one(snakeKeys(element)) : 'is invalid';
    if (typeof entry === 'string') return { refused: entry };
    entries.push(entry);
  }
  return { value: entries };
}

function commonEntry(entry: JsonObject): { value: string; label: string; primary: boolean } | string {
  const value = typeof entry['value'] === 'number' ? String(entry['value']) : entry['value'];
  if (typeof value !== 'string' || value.trim() === '') return "value can't be blank";
  if (typeof entry['label_name'] !== 'string' || entry['label_name'] === '') return "label-name can't be blank";
  return { value, label: entry['label_name'], primary: truthy.has(entry['primary'] ?? false) };
}

function castEmail(entry: JsonObject): JsonObject | string {
  const common = commonEntry(entry);
  if (typeof common === 'string') return common;
  if (!emailShape.test(common.value)) return 'value is not a valid e-mail address';
  return { primary: common.primary, value: common.value, label_name: common.label };
}

function castPhone(entry: JsonObject): JsonObject | string {
  const common = commonEntry(entry);
  if (typeof common === 'string') return common;
  const type = entry['label_type'] ?? 'phone';
  if (type !== 'phone' && type !== 'fax') return 'label-type must be phone or fax';
  const extension = entry['extension'];
  const value = stripSeparators(common.value);
  return {
    primary: common.primary, value, extension: extension === null || extension === undefined || extension === '' ? null : stripSeparators(String(extension as string)),
    label_name: common.label, label_type: type, formatted_value: formatPhone(value),
  };
}

/** `{content, file_name}` with strict base64, as attachments have it. */
function castPicture({ content, file_name: fileName }: JsonObject): Cast {
  if (typeof content !== 'string' || content === '' || Buffer.from(content, 'base64').toString('base64') !== content) return { refused: 'content is not valid base64' };
  return { value: { content, file_name: typeof fileName === 'string' ? fileName : 'avatar' } };
}

/** Casts one sent value. `keep` means: leave the stored value as it is (a null where null is not taken). */
export function castValue(field: Field, sent: Json, switches: Switches): Cast {
  if (sent === null) {
    if (field.rule === 'nullable') return { value: field.kind === 'boolean' ? field.initial : null };
    return field.rule === 'optional' || field.kind === 'secret' ? 'keep' : { value: null };
  }
  switch (field.kind) {
    case 'boolean':
      if (truthy.has(sent)) return { value: true };
      return falsy.has(sent) ? { value: false } : { refused: 'must be one of: true, false, 1, 0' };
    case 'ref':
    case 'number': {
      if (sent === '') return field.rule === 'optional' ? 'keep' : { value: null };
      const digits = typeof sent === 'number' ? String(sent) : sent;
      return typeof digits === 'string' && /^-?\d+$/.test(digits) ? { value: digits } : { refused: 'must be a number' };
    }
    case 'date':
      return sent === '' ? { value: null } : typeof sent === 'string' ? castDate(sent) : { refused: 'is not a valid date' };
    case 'timestamp': {
      if (sent === '') return { value: null };
      const time = typeof sent === 'string' ? new Date(sent) : new Date(NaN);
      return Number.isNaN(time.getTime()) ? { refused: 'is not a valid date and time' } : { value: time.toISOString() };
    }
    case 'ip':
      return sent === '' ? { value: null } : typeof sent === 'string' && isIP(sent) !== 0 ? { value: sent } : { refused: 'is invalid' };
    case 'mac':
      return sent === '' ? { value: null } : typeof sent === 'string' && validMac(sent) ? { value: sent } : { refused: 'is invalid' };
    case 'phone': {
      const cast = castText(sent, switches);
      return typeof cast === 'object' && 'value' in cast ? { value: stripSeparators(String(cast.value as string)) } : cast;
    }
    case 'emails':
      return castEntries(sent, castEmail);
    case 'phones':
      return castEntries(sent, castPhone);
    case 'refs': {
      const ids = Array.isArray(sent) ? sent.map(String) : null;
      return ids !== null && ids.every((id) => /^\d+$/.test(id)) ? { value: ids } : { refused: 'must be an array of numbers' };
    }
    case 'text':
    case 'name':
    case 'secret': {
      const cast = castText(sent, switches);
      if (typeof cast === 'string' || !('value' in cast)) return cast;
      const value = cast.value as string;
      if (field.oneOf !== undefined && !field.oneOf.includes(value)) return { refused: 'is not included in the list' };
      const most = field.maxLength ?? (field.kind === 'name' ? switches.maxNameLength : 0);
      // Counted as the database counts: characters, not UTF-16 halves.
      return most > 0 && value.length > most && [...value].length > most ? { refused: `is too long (maximum is ${most} characters)` } : { value };
    }
    case 'attachment':
      // A record sent back as a whole carries the address of the picture here; only new content changes it.
      return isObject(sent) ? castPicture(sent) : 'keep';
    case 'derived':
      return 'keep';
  }
}
