/** Why an export waits for a person, beside refused records. Stable codes; words are in `blockWords`. */
export type BlockReason = 'records' | 'key_refused' | 'not_connected' | 'no_password_access' | 'no_access' | 'no_connection' | 'paused' | 'cancelled' | 'unknown_outcome' | 'internal';

export const blockWords: Readonly<Record<BlockReason, string>> = {
  records: 'IT Glue refused some records; correct or skip them, then retry',
  key_refused: 'IT Glue does not accept the API key; the export goes on by itself as soon as an administrator has entered one that works',
  not_connected: 'No IT Glue connection is set up; the export goes on by itself as soon as an administrator has entered one that works',
  no_password_access:
    'The API key lacks "Password Access": IT Glue would create passwords without their values; an administrator enters a key that has it, then retry. A password that was created without its value is named in the report',
  no_access: 'The API key may not touch something that the export needs; check its permissions, then retry',
  no_connection: 'IT Glue could not be reached for a long time; retry when it can',
  paused: 'The export was paused by a person; retry goes on where it stands',
  cancelled: 'The export was stopped by a person; what exists is in the report, and retry would go on where it stands',
  unknown_outcome: 'It could not be settled whether IT Glue carried a request out; look at the report, then retry',
  internal: 'The export met something unforeseen; an operator finds the cause in the worker log',
};

/** Reasons that a working connection does away with: exports that wait for it go on by themselves. */
export const connectionReasons: readonly BlockReason[] = ['key_refused', 'not_connected'];
