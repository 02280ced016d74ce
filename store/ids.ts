import { v7 } from 'uuid';

/** A new id: a UUID that sorts by time (RFC 9562 version 7). Never a secret. */
export const newId = (): string => v7();
