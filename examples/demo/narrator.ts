import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'red';

/** Tells the story on the terminal: numbered steps, short lines, a bar for what takes its time. */
export class Narrator {
  readonly #out: NodeJS.WriteStream;
  #step = 0;
  #bar: 'none' | 'open' = 'none';
  #lastShare = -1;

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out;
  }

  heading(text: string): void {
    this.#print(this.#styled('bold', text));
  }

  /** Begins the next step: who does what. */
  step(who: string, what: string): void {
    this.#step += 1;
    this.#print(`\n${String(this.#step).padStart(2)}. ${this.#styled('bold', who)} ${what}`);
  }

  line(text: string): void {
    this.#print(`    ${text}`);
  }

  good(text: string): void {
    this.#print(`    ${this.#styled('green', 'ok')} ${text}`);
  }

  bad(text: string): void {
    this.#print(`    ${this.#styled('red', 'NOT OK')} ${text}`);
  }

  /** Columns under each other; the first row is the header. */
  table(rows: readonly (readonly string[])[]): void {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    rows.forEach((row, index) => {
      const text = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ');
      this.line(index === 0 ? this.#styled('dim', text) : text);
    });
  }

  /** A bar that moves on a terminal; elsewhere a line for each further tenth. `share` is 0 to 1. */
  progress(share: number, text: string): void {
    const filled = Math.round(share * 24);
    const bar = `    [${'#'.repeat(filled)}${'.'.repeat(24 - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %  ${text}`;
    if (this.#out.isTTY) {
      this.#out.write(`\r\u001b[K${bar.slice(0, (this.#out.columns || 100) - 1)}`);
      this.#bar = 'open';
    } else if (Math.floor(share * 10) !== this.#lastShare) {
      this.#out.write(`${bar}\n`);
    }
    this.#lastShare = Math.floor(share * 10);
  }

  /** A line that is overwritten on a terminal and told only once elsewhere. */
  waiting(text: string): void {
    if (this.#out.isTTY) {
      this.#out.write(`\r\u001b[K    ${text}`);
      this.#bar = 'open';
    } else if (this.#bar === 'none') {
      this.#out.write(`    ${text}\n`);
      this.#bar = 'open';
    }
  }

  #print(text: string): void {
    if (this.#bar === 'open' && this.#out.isTTY) this.#out.write('\n');
    this.#bar = 'none';
    this.#lastShare = -1;
    this.#out.write(`${text}\n`);
  }

  #styled(style: Style, text: string): string {
    return this.#out.isTTY && !process.env['NO_COLOR'] ? styleText(style, text) : text;
  }
}
