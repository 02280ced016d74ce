import { fieldOfAttribute } from '../../domain/it-glue/index.js';
import type { ItGlueError } from '../../it-glue/index.js';
import type { FieldRefusal } from '../../store/index.js';

/** What a refusal means for the record: our field and the reason in words that hold no value. */
export function refusalsOf(error: ItGlueError): FieldRefusal[] {
  if (error.kind === 'tooLarge') return [{ field: null, message: 'is too large for IT Glue, which takes 10 MB in one request' }];
  if (error.kind === 'noAccess') return [{ field: null, message: 'refers to something that IT Glue gives no access to' }];
  const fields = error.fields.map(({ pointer, title, detail }) => ({
    field: pointer === null ? null : fieldOfAttribute(camel(pointer)),
    message: detail ?? title,
  }));
  return fields.length > 0 ? fields : [{ field: null, message: 'was refused by IT Glue without a reason' }];
}

function camel(pointer: string): string {
  return pointer.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
