import { dataConverter } from '../../temporal/connection.js';

/** Recorded histories are encrypted like real ones, with a key that everybody may know: they hold invented ids only. */
export const historyConverter = dataConverter(Buffer.alloc(32, 'recorded history'));
