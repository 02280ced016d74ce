import type { AnyKind, Content } from '../../domain/kinds/index.js';

/** Values of a field that are remembered; one with more different ones is like most names and numbers: looking up would only cost. */
const rememberedValues = 250;

/** Takes the values of rows that follow the rules of their fields. A value that rows have in common is looked at once. */
export class Accepted {
  private readonly known = new Map<string, Map<Content[string], Content[string]> | 'too many'>();

  constructor(private readonly kind: AnyKind) {}

  /**
   * What the kind's schema would make of the values, field by field, which is faster than as a whole.
   * @param row `new`: what is needed to save must be there
   * @returns null when the schema has to say what is wrong
   */
  of(given: Partial<Content>, row: 'new' | 'change'): Partial<Content> | null {
    const { fields } = this.kind;
    if (row === 'new' && Object.keys(fields).some((name) => fields[name]!.requirement === 'save' && given[name] === undefined)) return null;
    const accepted: Partial<Content> = {};
    for (const name in given) {
      const value = given[name];
      if (value === undefined) continue;
      const taken = value === null && fields[name]?.requirement !== 'save' ? null : this.value(name, value);
      if (taken === undefined) return null;
      accepted[name] = taken;
    }
    return accepted;
  }

  private value(name: string, value: Content[string]): Content[string] | undefined {
    const known = this.known.get(name) ?? new Map<Content[string], Content[string]>();
    const before = known === 'too many' ? undefined : known.get(value);
    if (before !== undefined) return before;
    const field = this.kind.fields[name];
    if (!field || field.derived) return undefined;
    const checked = field.schema.safeParse(value);
    if (!checked.success) return undefined;
    const taken = checked.data as Content[string];
    if (known !== 'too many') this.known.set(name, known.size < rememberedValues ? known.set(value, taken) : 'too many');
    return taken;
  }
}
