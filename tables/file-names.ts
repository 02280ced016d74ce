const folder = 'files/';

/** Gives each file a place of its own in a ZIP: its name, with a number where another has the same one. */
export class FilePlaces {
  /** Places that are taken, with the number that the next file of that name tries first. */
  private readonly taken = new Map<string, number>();

  /** @param name a cleaned file name, without folders */
  placeFor(name: string): string {
    const [, stem, ending] = /^(.*?)(\.[^.]{1,10})?$/su.exec(name) as unknown as [string, string, string | undefined];
    for (let number = this.taken.get(folded(name)) ?? 1; ; number += 1) {
      const place = number === 1 ? name : `${stem} (${number})${ending ?? ''}`;
      if (number > 1 && this.taken.has(folded(place))) continue;
      this.taken.set(folded(place), 2);
      this.taken.set(folded(name), number + 1);
      return folder + place;
    }
  }
}

/** Windows and macOS take two names that differ in case, or in how an accent is written, for one. */
const folded = (name: string) => name.normalize('NFC').toLowerCase();
