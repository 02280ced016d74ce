/** What is planted: a value for each field of the catalogue, found nowhere else, by whose text one knows the field. */
import { randomBytes } from 'node:crypto';
import { allKinds, type AnyKind, type Content, type Field } from '../../domain/kinds/index.js';

/** Fields take different texts: a canary is a word, or digits, an address or a number where a word would be refused. */
export const forms = ['word', 'digits', 'number', 'ip', 'mac'] as const;
export type Form = (typeof forms)[number];

export interface Canary {
  /** `person.email`, `remark.text`, ...: where it was planted. */
  readonly field: string;
  readonly form: Form;
  /** The part that is found nowhere else. It holds letters, digits, `:` and `-` only, which no text format escapes. */
  readonly core: string;
  /** What is entered: the core with what the field needs around it. */
  readonly value: string;
}

/** Why a field holds no canary: its values are few or short, so that one of them says nothing about where it came from. */
export type Unplanted = 'too short' | 'few values' | 'set by the product';

/** Every form begins the same in one run, so that one search finds all; the rest is the canary's number. */
interface Shape {
  readonly start: string;
  readonly core: (number: number) => string;
}

const letters = 'ghjkmnpqrstuvwxyz';

/** The canaries of one run. */
export class Canaries {
  readonly shapes: Readonly<Record<Form, Shape>>;
  readonly all: Canary[] = [];
  /** Fields of the catalogue that hold none. */
  readonly unplanted = new Map<string, Unplanted>();
  readonly #byCore = new Map<string, Canary>();

  constructor(random: (bytes: number) => Buffer = randomBytes) {
    const word = `zq${[...random(8)].map((byte) => letters[byte % letters.length]).join('')}`;
    const digits = `7${[...random(7)].map((byte) => byte % 10).join('')}`;
    const hex = random(4).toString('hex');
    this.shapes = {
      word: { start: word, core: (number) => word + number.toString(36).padStart(3, '0') },
      digits: { start: digits, core: (number) => digits + String(number).padStart(4, '0') },
      // Nine digits at the most: the number of licences.
      number: { start: digits.slice(0, 6), core: (number) => digits.slice(0, 6) + String(number).padStart(3, '0') },
      ip: { start: `fd00:${hex.slice(0, 4)}:${hex.slice(4)}`, core: (number) => `fd00:${hex.slice(0, 4)}:${hex.slice(4)}:${(4_096 + number).toString(16)}::1` },
      // Locally administered, and in the form that the product keeps.
      mac: { start: macOf(`02${hex}`), core: (number) => macOf(`02${hex}${number.toString(16).padStart(2, '0')}`) },
    };
  }

  /** A new canary. `around`: what the field needs before and after it. */
  make(field: string, form: Form = 'word', around: (core: string) => string = (core) => core): Canary {
    // A MAC address has room for 256 of them only.
    const core = this.shapes[form].core(form === 'mac' ? this.#count('mac') : this.all.length);
    const canary = { field, form, core, value: around(core) };
    this.all.push(canary);
    this.#byCore.set(core.toLowerCase(), canary);
    return canary;
  }

  /** The canary that a found text begins with, or null when its number is of none: it was cut off, or changed. */
  find(form: Form, text: string): Canary | null {
    const length = this.shapes[form].core(0).length;
    return this.#byCore.get(text.slice(0, length).toLowerCase()) ?? null;
  }

  /** A value for every field of a kind that can hold one; what cannot is left out. */
  content(kind: AnyKind): Partial<Content> {
    const content: Partial<Content> = {};
    for (const [name, field] of Object.entries(kind.fields)) {
      const place = `${kind.name}.${name}`;
      const planted = this.#valueFor(place, field);
      if (typeof planted === 'string') this.unplanted.set(place, planted);
      else content[name] = planted.value;
    }
    return content;
  }

  #count = (form: Form) => this.all.filter((canary) => canary.form === form).length;

  #valueFor(place: string, field: Field): { value: string | number } | Unplanted {
    if (field.derived) return 'set by the product';
    const tried = this.#candidates(field);
    if (tried === null) return 'few values';
    for (const { form, around } of tried) {
      // A trial with the last number that there is: of the same length as any.
      if (accepts(field, asTyped(field, around(this.shapes[form].core(0))))) return { value: asTyped(field, this.make(place, form, around).value) };
    }
    return 'too short';
  }

  /** What may be tried, the most telling first: with characters that formats escape, then the bare word, then what is no word. */
  #candidates({ type }: Field): { form: Form; around: (core: string) => string }[] | null {
    const word = (around: (core: string) => string) => ({ form: 'word' as const, around });
    switch (type) {
      case 'text':
        return [word((core) => `${core} "Ä" & <b>`), word((core) => core), { form: 'ip', around: (core) => core }, { form: 'mac', around: (core) => core }];
      case 'longText':
        return [word((core) => `${core} = "Ä"\nand again ${core}`)];
      case 'secret':
        return [word((core) => ` ${core}\\"'<&>%ß\n$`), word((core) => core)];
      case 'email':
        return [word((core) => `${core}@canary.example`)];
      case 'url':
        return [word((core) => `https://${core}.example/?a=1&b=2`)];
      case 'phone':
        return [{ form: 'digits', around: (core) => core }];
      case 'integer':
        return [{ form: 'number', around: (core) => core }];
      case 'boolean':
      case 'choice':
      case 'date':
        return null;
    }
  }
}

const asTyped = (field: Field, text: string): string | number => (field.type === 'integer' ? Number(text) : text);

const macOf = (hex: string) => hex.match(/../g)!.join(':').toUpperCase();

function accepts(field: Field, value: string | number): boolean {
  const parsed = field.schema.safeParse(value);
  return parsed.success && String(parsed.data) === String(value);
}

/** Fields of the catalogue that hold text of the client: each must be planted, or stand in `unplanted` with its reason. */
export const allFields = allKinds.flatMap((kind) => Object.keys(kind.fields).map((name) => `${kind.name}.${name}`));
