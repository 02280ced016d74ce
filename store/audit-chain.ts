import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { auditHash, emptyChain, type HashedEntry } from './audit.js';
import type { StoreContext } from './context.js';

/** Checking needs no key: what an auditor is given is the database alone. */
type Database = Pick<StoreContext, 'db'>;

/** One place at which a chain is not what was written. */
export interface ChainFault {
  readonly sequence: number;
  readonly reason: string;
}

export interface ChainHead {
  readonly sequence: number;
  readonly hash: string;
}

/** Where a tenant's chain ended at a time, signed, to be kept where the database's owner cannot change it. */
export interface SignedHead extends ChainHead {
  readonly tenantId: string;
  readonly at: string;
  /** Ed25519 over the JSON array [tenantId, sequence, hash, at], base64url. */
  readonly signature: string;
}

type StoredEntry = HashedEntry & { readonly hash: string };

const portion = 1_000;
const mostFaults = 100;

/**
 * Walks along a chain and remembers what it saw, so that a chain of any length can be checked in portions.
 * An edited entry, one that is missing or out of order, and an end that does not fit the head are faults.
 */
class ChainWalk {
  private sequence = 0;
  private previousHash = emptyChain;
  readonly faults: ChainFault[] = [];

  constructor(private readonly anchors: readonly ChainHead[] = []) {}

  step(entry: StoredEntry): void {
    const expected = this.sequence + 1;
    if (entry.sequence > expected) this.fault(expected, entry.sequence === expected + 1 ? 'the entry is missing' : `entries ${expected} to ${entry.sequence - 1} are missing`);
    else if (entry.sequence < expected) this.fault(expected, `entry ${entry.sequence} stands here`);
    else if (auditHash(entry) !== entry.hash) this.fault(entry.sequence, 'the entry was changed after it was written');
    else if (entry.previousHash !== this.previousHash) this.fault(entry.sequence, 'the entry does not follow the one before it');
    this.sequence = entry.sequence;
    this.previousHash = entry.hash;
    for (const anchor of this.anchors) {
      if (anchor.sequence === entry.sequence && anchor.hash !== entry.hash) this.fault(entry.sequence, 'the chain is not the one whose head was signed');
    }
  }

  end(head: ChainHead): readonly ChainFault[] {
    if (head.sequence !== this.sequence || head.hash !== this.previousHash) {
      this.fault(this.sequence + 1, `the chain ends at ${this.sequence}, its head says ${head.sequence}: entries were cut off or added`);
    }
    for (const { sequence } of this.anchors.filter((anchor) => anchor.sequence > this.sequence)) {
      this.fault(this.sequence + 1, `the signed head says that there were ${sequence} entries, ${sequence - this.sequence} are gone from the end`);
    }
    return this.faults;
  }

  private fault(sequence: number, reason: string): void {
    if (this.faults.length < mostFaults) this.faults.push({ sequence, reason });
  }
}

/** What is wrong with a whole chain; empty when it is as it was written. */
export function checkChain(entries: readonly StoredEntry[], head: ChainHead): readonly ChainFault[] {
  const walk = new ChainWalk();
  for (const entry of entries) walk.step(entry);
  return walk.end(head);
}

/**
 * Checks a tenant's chain as it lies in the database, in portions.
 * @param anchors heads that were signed and kept elsewhere; only they can show that the end was cut off together with the head
 * @returns at most 100 faults, first ones first
 */
export async function verifyChain(context: Database, tenantId: string, anchors: readonly ChainHead[] = []): Promise<{ entries: number; head: ChainHead; faults: readonly ChainFault[] }> {
  const head = await readHead(context, tenantId);
  const walk = new ChainWalk(anchors);
  let entries = 0;
  for (let after = 0; ; ) {
    // Entries that are written meanwhile lie behind the head that was read first.
    const rows = await context.db.auditEntry.findMany({ where: { tenantId, sequence: { gt: after, lte: head.sequence } }, orderBy: { sequence: 'asc' }, take: portion });
    for (const row of rows) walk.step(row);
    entries += rows.length;
    if (rows.length < portion) break;
    after = rows.at(-1)!.sequence;
  }
  const beyond = await context.db.auditEntry.count({ where: { tenantId, sequence: { lte: 0 } } });
  const faults = [...walk.end(head), ...(beyond > 0 ? [{ sequence: 0, reason: `${beyond} entries stand before the first` }] : [])];
  return { entries, head, faults };
}

/** Tenants that have a chain, in order of their ids. */
export async function chainTenants(context: Database): Promise<string[]> {
  const [heads, entries] = await Promise.all([
    context.db.auditHead.findMany({ select: { tenantId: true } }),
    // A head that was removed together with its entries' end must not hide what is left of them.
    context.db.auditEntry.findMany({ distinct: ['tenantId'], select: { tenantId: true } }),
  ]);
  return [...new Set([...heads, ...entries].map((row) => row.tenantId))].sort();
}

/** Where the chain ends now. */
export async function readHead(context: Database, tenantId: string): Promise<ChainHead> {
  const head = await context.db.auditHead.findUnique({ where: { tenantId }, select: { sequence: true, hash: true } });
  return head ?? { sequence: 0, hash: emptyChain };
}

/** @param key an Ed25519 private key */
export function signHead(tenantId: string, head: ChainHead, key: KeyObject, at = new Date()): SignedHead {
  const signed = { tenantId, sequence: head.sequence, hash: head.hash, at: at.toISOString() };
  return { ...signed, signature: sign(null, signedBytes(signed), key).toString('base64url') };
}

/** Whether it was signed with the private key that belongs to this one. */
export function isSigned(head: SignedHead, publicKey: KeyObject): boolean {
  return verify(null, signedBytes(head), publicKey, Buffer.from(head.signature, 'base64url'));
}

/** The Ed25519 key pair of a PEM file with the private key. @throws {Error} naming the file */
export function readSigningKey(pem: string, path: string): { privateKey: KeyObject; publicKey: KeyObject } {
  try {
    const privateKey = createPrivateKey(pem);
    if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('of another type');
    return { privateKey, publicKey: createPublicKey(privateKey) };
  } catch {
    // The reason may quote the file.
    throw new Error(`${path} must hold an Ed25519 private key as PEM (openssl genpkey -algorithm ed25519)`);
  }
}

const signedBytes = (head: Omit<SignedHead, 'signature'>) => Buffer.from(JSON.stringify([head.tenantId, head.sequence, head.hash, head.at]));
