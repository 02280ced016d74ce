// Telephone numbers are taken as free text, kept without separators and shown in the form the vendor's samples show.

import type { Json } from '../json.js';

export const stripSeparators = (value: string): string => value.replace(/[\s().\-/]/g, '');

export function formatPhone(stored: Json | undefined): string | null {
  if (typeof stored !== 'string' || stored === '') return null;
  const northAmerican = /^(?:\+?1)?(\d{3})(\d{3})(\d{4})$/.exec(stored);
  if (northAmerican === null) return stored;
  const [, area, exchange, line] = northAmerican;
  const prefix = stored.startsWith('+1') ? '+1 ' : stored.length === 11 ? '1 ' : '';
  return `${prefix}(${area}) ${exchange}-${line}`;
}
