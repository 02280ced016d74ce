/** The rules about a tenant's way into its IT Glue account. */

/** Regions of IT Glue, and the stand-in of an embedded stack. */
export const connectionRegions = ['us', 'eu', 'au', 'stand_in'] as const;
export type ConnectionRegion = (typeof connectionRegions)[number];

/** Address of IT Glue's API in each region. */
export const regionUrls = { us: 'https://api.itglue.com', eu: 'https://api.eu.itglue.com', au: 'https://api.au.itglue.com' } as const;

/** `refused`: the key must not be used until it is replaced or a test finds it working again. */
export type ConnectionState = 'untested' | 'working' | 'refused';

/** Whether the key may read and write the values of passwords. IT Glue tells only by a password that is there already. */
export type PasswordAccess = 'yes' | 'no' | 'unknown';

/** What a test came to. Codes that stay; words are in `testWords`. */
export const testResults = ['working', 'limited', 'key_refused', 'other_account', 'unreachable'] as const;
export type TestResult = (typeof testResults)[number];

export const testWords: Readonly<Record<TestResult, string>> = {
  working: 'IT Glue accepts the key, and it may read all lists that an export needs',
  limited: 'IT Glue accepts the key, but it may not read all lists that an export needs; check its permissions',
  key_refused: 'IT Glue does not accept the key: it was revoked, has lapsed, or belongs to another region',
  other_account: 'The key opens another IT Glue account than the one that unfinished exports are in; enter a key of that account, or delete those clients first',
  unreachable: 'IT Glue could not be reached; nothing is known about the key. Test it again later',
};

/** The account's lists that an export reads. */
export const testedLists = ['organizationTypes', 'organizationStatuses', 'configurationTypes', 'contactTypes', 'passwordCategories'] as const;
export type TestedList = (typeof testedLists)[number];

export interface ConnectionTest {
  readonly result: TestResult;
  readonly lists: Readonly<Partial<Record<TestedList, 'readable' | 'no_access'>>>;
  readonly passwords: PasswordAccess;
}

/** The state of a key after a test; a test that could not reach IT Glue says nothing about it. */
export function stateAfter(result: TestResult, before: ConnectionState): ConnectionState {
  switch (result) {
    case 'working':
    case 'limited':
      return 'working';
    case 'key_refused':
    case 'other_account':
      return 'refused';
    case 'unreachable':
      return before;
  }
}

const day = 24 * 3_600_000;
/** IT Glue revokes a key that was not used for so long (it-glue-api.md section 1). */
export const lapseDays = 90;
/** From then on people are warned. */
export const warnAfterDays = 75;

/** When the key lapses unless it is used before. */
export function lapsesAt({ keySetAt, lastUsedAt }: { keySetAt: Date; lastUsedAt: Date | null }): Date {
  return new Date((lastUsedAt ?? keySetAt).getTime() + lapseDays * day);
}

/** Keys that were last used before this are about to lapse. */
export function nearLapseBefore(now: Date): Date {
  return new Date(now.getTime() - warnAfterDays * day);
}
