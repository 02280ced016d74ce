/** What the demo reads of the API's answers. Only the members that it uses are named. */
export interface Client {
  readonly id: string;
  readonly company: string;
  readonly stage: string;
  readonly percent: { readonly sales: number; readonly accounting: number; readonly msp: number };
  readonly purgeAt: string | null;
  readonly organizationUrl: string | null;
}

export interface Me {
  readonly id: string;
  readonly name: string;
  readonly tenantName: string;
}

export interface SavedRecord {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
  readonly references: Readonly<Record<string, string | null>>;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface Imported {
  readonly id: string;
  readonly columns: readonly { readonly header: string; readonly field: string | null }[];
  readonly layout: { readonly tool: string } | null;
  readonly rows: number;
  readonly new: number;
  readonly bad: number;
  readonly result: { readonly created: number } | null;
}

interface ListEntry {
  readonly id: string;
  readonly name: string;
}

/** A word of the client's, and the entry of the account's list that it means; null: it will be created. */
interface Mapped {
  readonly word: string;
  readonly entry: ListEntry | null;
  /** It may be an existing one in another spelling: somebody must say. */
  readonly undecided: boolean;
}

export interface Preview {
  readonly id: string;
  readonly state: 'building' | 'ready';
  readonly target: { readonly apiUrl: string; readonly webUrl: string | null; readonly standIn: boolean; readonly words: string };
  readonly counts: Readonly<Record<string, number>>;
  readonly organizationTypes: readonly ListEntry[];
  readonly organizationStatuses: readonly ListEntry[];
  readonly newMakes: readonly string[];
  readonly newModels: readonly { readonly make: string; readonly model: string }[];
  readonly vendorContacts: readonly { readonly title: string }[];
  readonly spelling: readonly {
    readonly typed: { readonly manufacturer: string; readonly model: string };
    readonly suggestion: { readonly band: 'same' | 'probable' | 'none'; readonly reason: string } | null;
    readonly decided: string | null;
  }[];
  readonly lookups: Readonly<Record<'configurationTypes' | 'configurationStatuses' | 'contactTypes' | 'passwordCategories', readonly Mapped[]>>;
  readonly sites: readonly { readonly title: string; readonly keptInNotes: readonly string[] }[];
  readonly clientFiles: { readonly host: string | null; readonly count: number };
  readonly problems: readonly { readonly title: string; readonly message: string }[];
  readonly withoutHome: readonly { readonly title: string; readonly message: string }[];
}

export interface ExportState {
  readonly state: 'running' | 'blocked' | 'done';
  /** What a person has to do, while it is blocked. */
  readonly message: string | null;
  readonly organizationId: string | null;
  readonly organizationUrl: string | null;
  readonly progress: readonly { readonly kind: string; readonly total: number; readonly done: number; readonly failed: number; readonly skipped: number }[];
  readonly failures: readonly { readonly title: string; readonly field: string | null; readonly message: string }[];
}

export interface ExportRecord {
  readonly clientId: string;
  readonly company: string | null;
  readonly organizationId: string | null;
  readonly organizationUrl: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly approvals: readonly { readonly section: string; readonly role: string; readonly at: string }[];
  readonly exportedAt: string | null;
  readonly purgedAt: string | null;
  readonly certificate: Certificate | null;
}

/** What the removal says of itself. */
export interface Certificate {
  readonly removed: Readonly<Record<string, number>>;
  readonly keyDestroyedAt: string;
  readonly finishedAt: string;
  readonly policy: string;
  readonly sha256: string;
}
