import { fold, numbers } from './text.js';
import type { Alias, MakeModel } from './types.js';

const SEPARATOR = '\u0000';

/** Case and punctuation do not matter, but where one number ends and the next begins does (`11,1` and `1,11`). */
function key(entry: MakeModel): string {
  return [fold(entry.manufacturer), fold(entry.model), numbers(entry.model)].join(SEPARATOR);
}

/** What the people of one tenant decided, ready to be asked. The last decision on a name holds. */
export class AliasBook {
  private readonly accepted = new Map<string, MakeModel>();
  private readonly refused = new Set<string>();

  constructor(aliases: readonly Alias[]) {
    for (const alias of aliases) {
      const typed = key(alias.typed);
      const pair = `${typed}${SEPARATOR}${key(alias.target)}`;
      if (alias.decision === 'accepted') {
        this.accepted.set(typed, alias.target);
        this.refused.delete(pair);
      } else {
        this.refused.add(pair);
        const target = this.accepted.get(typed);
        if (target && key(target) === key(alias.target)) this.accepted.delete(typed);
      }
    }
  }

  acceptedModel(typed: MakeModel): MakeModel | null {
    return this.accepted.get(key(typed)) ?? null;
  }

  refusesModel(typed: MakeModel, target: MakeModel): boolean {
    return this.refused.size > 0 && this.refused.has(`${key(typed)}${SEPARATOR}${key(target)}`);
  }

  acceptedMaker(name: string): string | null {
    return this.accepted.get(key({ manufacturer: name, model: '' }))?.manufacturer ?? null;
  }

  refusesMaker(name: string, target: string): boolean {
    return this.refusesModel({ manufacturer: name, model: '' }, { manufacturer: target, model: '' });
  }
}
