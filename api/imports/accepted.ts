import type { AnyKind, Content } from '../../domain/kinds/index.js';

/** Values of a field that are remembered; one with more different ones is like most names and numbers: looking up would only cost. */
const rememberedValues = 1_000;

/** Takes the values of rows that follow the rules of their fields. A value that rows have in common is looked at once. */
export class Accepted {
  private readonly known = new Map<string, Map<Content[string], Content[string]> | 'too many'>();

  /** Fields that are needed to save. */
  private readonly needed: readonly string[];

  constructor(private readonly kind: AnyKind) {
    this.needed = Object.keys(kind.fields).filter((name) => kind.fields[name]!.requirement === 'save');
  }

  /**
   * What the kind's schema would make of the values, field by field, which is faster than as a whole.
   * @param row `new`: what is needed to save must be there, and what is not known is left out
   * @returns null when the schema has to say what is wrong
   */
  of(given: Partial<Content>, row: 'new' | 'change'): Partial<Content> | null {
    const { fields } = this.kind;
    if (row === 'new' && this.needed.some((name) => (given[name] ?? null) === null)) return null;
    const accepted: Partial<Content> = {};
    for (const name in given) {
      const value = given[name];
      if (value === undefined || (value === null && row === 'new')) continue;
      const taken = value === null && fields[name]?.requirement !== 'save' ? null : this.value(name, value);
      if (taken === undefined) return null;
      accepted[name] = taken;
    }
    return accepted;
  }

  private value(name: string, value: Content[string]): Content[string] | undefined {
    const field = this.kind.fields[name];
    if (!field || field.derived) return undefined;
    if (typeof value === 'string' && field.taken?.test(value)) return value;
    const known = this.known.get(name) ?? new Map<Content[string], Content[string]>();
    const before = known === 'too many' ? undefined : known.get(value);
    if (before !== undefined) return before;
    const checked = field.schema.safeParse(value);
    if (!checked.success) return undefined;
    const taken = checked.data as Content[string];
    if (known !== 'too many') this.known.set(name, known.size < rememberedValues ? known.set(value, taken) : 'too many');
    return taken;
  }
}
