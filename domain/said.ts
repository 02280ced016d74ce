import { z } from 'zod';

// A lone surrogate cannot be stored as UTF-8 and NUL cannot be stored in PostgreSQL or read by a spreadsheet.
export const storable = (text: string): boolean => text.isWellFormed() && !text.includes('\u0000');

/** What people see nothing of: blanks of any width, marks of direction, joiners, fillers of scripts, the braille cell without dots. */
const unseen = /^[\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** Whether a text shows anything to whoever reads it. */
export const isSeen = (text: string): boolean => !unseen.test(text);

/**
 * Words that a person must give, such as a reason or a name; blanks around them are taken away, all else is kept as typed.
 * @param max in characters
 */
export const saidText = (max: number, empty = 'must not be empty') =>
  z
    .string('must be text')
    .trim()
    .min(1, { error: empty, abort: true })
    .max(max, `must be at most ${max} characters`)
    .refine(storable, 'holds a character that cannot be stored')
    .refine(isSeen, empty);
