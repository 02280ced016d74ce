// The account's API keys.

import { randomBytes } from 'node:crypto';
import type { Actor } from './write.js';

export interface ApiKey extends Actor {
  readonly key: string;
}

/** What the control interface shows of a key: never the key itself. */
export type KeyInfo = { readonly label: string; readonly passwordAccess: boolean };

export const newKey = (): string => `ITG.${randomBytes(24).toString('hex')}`;

export class Keys {
  private readonly byKey = new Map<string, ApiKey>();
  onChange: () => void = () => {};

  add(key: ApiKey): void {
    for (const other of this.byKey.values()) if (other.label === key.label) this.byKey.delete(other.key);
    this.byKey.set(key.key, key);
    this.onChange();
  }

  find(key: string): ApiKey | undefined {
    return this.byKey.get(key);
  }

  /** True when there was such a key. */
  revoke(label: string): boolean {
    const found = [...this.byKey.values()].find((key) => key.label === label);
    if (found === undefined) return false;
    this.byKey.delete(found.key);
    this.onChange();
    return true;
  }

  all(): readonly ApiKey[] {
    return [...this.byKey.values()];
  }

  replaceAll(keys: readonly ApiKey[]): void {
    this.byKey.clear();
    for (const key of keys) this.byKey.set(key.key, key);
  }
}
