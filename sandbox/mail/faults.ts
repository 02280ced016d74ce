// What the catcher does wrong on purpose.

/** What happens to a mail that a rule fits. */
export const faultActions = [
  /** The recipient is refused for good: no such mailbox (550 5.1.1). */
  'refuse_550',
  /** The recipient is refused for now, as by greylisting (451 4.7.1). */
  'refuse_451',
  /** The text is refused for good (554 5.7.1). */
  'reject_text_554',
  /** The whole text is read and kept, then the connection is cut without an answer. */
  'cut_kept',
  /** The connection is cut after the text and nothing is kept. */
  'cut_lost',
  /** The answer to the text comes late, by `ms`. */
  'slow',
] as const;
export type FaultAction = (typeof faultActions)[number];

export interface FaultRule {
  /** Address that it holds for; absent: for all. */
  readonly to?: string;
  readonly action: FaultAction;
  /** How often it strikes before it is used up; absent: always. */
  readonly times?: number;
  /** For `slow`. */
  readonly ms?: number;
}

/** A control request that makes no sense; the message says why. */
export class ControlError extends Error {}

export class Faults {
  #rules: { rule: FaultRule; left: number }[] = [];

  all(): readonly FaultRule[] {
    return this.#rules.map(({ rule, left }) => (rule.times === undefined ? rule : { ...rule, times: left }));
  }

  set(rules: readonly FaultRule[]): void {
    this.#rules = rules.map((rule) => ({ rule: checked(rule), left: rule.times ?? Infinity }));
  }

  /** The first rule of one of the actions that fits one of the addresses; using it counts. */
  strike(recipients: readonly string[], actions: readonly FaultAction[]): FaultRule | undefined {
    const addresses = recipients.map((one) => one.toLowerCase());
    const found = this.#rules.find(({ rule, left }) => left > 0 && actions.includes(rule.action) && (rule.to === undefined || addresses.includes(rule.to.toLowerCase())));
    if (found) found.left -= 1;
    return found?.rule;
  }
}

function checked(rule: FaultRule): FaultRule {
  if (typeof rule !== 'object' || rule === null) throw new ControlError('a fault must be an object');
  if (!faultActions.includes(rule.action)) throw new ControlError(`action must be one of ${faultActions.join(', ')}`);
  if (rule.to !== undefined && typeof rule.to !== 'string') throw new ControlError('to must be an address');
  if (rule.times !== undefined && !(Number.isInteger(rule.times) && rule.times > 0)) throw new ControlError('times must be a whole number from 1');
  if (rule.ms !== undefined && !(rule.ms >= 0 && rule.ms <= 600_000)) throw new ControlError('ms must be from 0 to 600000');
  return rule;
}
