/** How much a client has; three points of contact come on top. */
export interface Size {
  readonly name: string;
  readonly sites: number;
  /** Countries that the sites are in. */
  readonly countries: 1 | 2;
  readonly people: number;
  readonly vendors: number;
  readonly makes: number;
  readonly models: number;
  readonly configurations: number;
  readonly passwords: number;
  readonly files: number;
  /** Exports that are measured, each of a client of its own. */
  readonly rounds: number;
  /** How often the plain script is measured: where the rate limit decides, its time does not vary. */
  readonly scriptRounds: number;
  /** The plain script sends one of so many records of each kind, and its time is taken times so many. 1: all of them. */
  readonly scriptShare: number;
}

export const sizes: readonly Size[] = [
  { name: '100 records', sites: 2, countries: 1, people: 12, vendors: 3, makes: 4, models: 6, configurations: 42, passwords: 26, files: 5, rounds: 7, scriptRounds: 3, scriptShare: 1 },
  { name: '1,000 records', sites: 10, countries: 1, people: 130, vendors: 20, makes: 15, models: 50, configurations: 440, passwords: 290, files: 45, rounds: 5, scriptRounds: 1, scriptShare: 5 },
  { name: '6,800 records', sites: 50, countries: 2, people: 920, vendors: 80, makes: 60, models: 400, configurations: 3_000, passwords: 2_000, files: 300, rounds: 3, scriptRounds: 1, scriptShare: 20 },
];

/** Of the makes of each client, the account has so many already (with so many of their models): the first of each three. */
export const knownOfThree = 1;
