/** How sure a finding is: told by the file beyond doubt, taken as the best guess, or said by the person. */
export const certainties = ['certain', 'likely', 'chosen'] as const;
export type Certainty = (typeof certainties)[number];

/** Something that was found out about a file, how sure it is, and what it rests on, in words for the person who sent it. */
export interface Finding<T> {
  readonly value: T;
  readonly sure: Certainty;
  readonly why: string;
}

export const chosen = <T>(value: T): Finding<T> => ({ value, sure: 'chosen', why: 'chosen by you' });
