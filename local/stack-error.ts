/** Something went wrong that a person can act on; the message says what, in a sentence (and perhaps log lines). */
export class StackError extends Error {}
