import { z } from 'zod';
import type { Field } from './fields.js';

/** The form of a field's value as it is kept and shown: without the rules for entering one, which may become stricter than what was kept. */
export function storedValue(field: Field): z.ZodType {
  switch (field.type) {
    case 'boolean':
      return z.boolean().nullable();
    case 'integer':
      return z.int().nullable();
    case 'date':
      return z.string().nullable().meta({ format: 'date' });
    case 'text':
    case 'longText':
    case 'email':
    case 'phone':
    case 'url':
    case 'secret':
    case 'choice':
      return z.string().nullable();
  }
}
