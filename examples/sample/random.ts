/** Seeded chance (mulberry32), so that the same sample comes out on every machine. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 (included) to 1 (not included). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(list: readonly T[]): T {
    return list[this.integer(0, list.length - 1)]!;
  }

  /** `length` characters of the alphabet. */
  text(length: number, alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789'): string {
    return Array.from({ length }, () => alphabet[this.integer(0, alphabet.length - 1)]).join('');
  }

  /** A day between the two years, as `yyyy-mm-dd`. */
  day(fromYear: number, toYear: number): string {
    const month = String(this.integer(1, 12)).padStart(2, '0');
    return `${this.integer(fromYear, toYear)}-${month}-${String(this.integer(1, 28)).padStart(2, '0')}`;
  }

  /** Six bytes of a hardware address, upper case, without separators. The second hex digit marks it as locally administered. */
  mac(): string {
    return `${this.text(1, '0123456789ABCDEF')}2${this.text(10, '0123456789ABCDEF')}`;
  }
}
