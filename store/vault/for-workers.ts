/** Secrets that anybody may leave and only a worker can read: HPKE (RFC 9180) with X25519, HKDF-SHA256 and AES-256-GCM. */
import { createPrivateKey, createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { DhkemX25519HkdfSha256 } from '@hpke/dhkem-x25519';
import { KeyEncryptionError } from './key-encryption.js';
import { SealBrokenError } from './vault.js';

/** The workers' public key: what it seals, only a worker opens. */
export type WorkerPublicKey = webcrypto.CryptoKey & { readonly type: 'public' };
export type WorkerPrivateKey = webcrypto.CryptoKey & { readonly type: 'private' };

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const info = new TextEncoder().encode('client-onboarder for workers');
const version = 1;
const encapsulatedBytes = 32;

/** The public key from a PEM file, as `openssl pkey -pubout` writes it. */
export async function readPublicKey(path: string): Promise<WorkerPublicKey> {
  const jwk = x25519(path, createPublicKey, await readFile(path)).export({ format: 'jwk' });
  return (await suite.kem.importKey('raw', bytesOf(jwk.x!), true)) as WorkerPublicKey;
}

/** The private key from a PEM file, as `openssl genpkey -algorithm X25519` writes it. */
export async function readPrivateKey(path: string): Promise<WorkerPrivateKey> {
  const jwk = x25519(path, createPrivateKey, await readFile(path)).export({ format: 'jwk' });
  return (await suite.kem.importKey('raw', bytesOf(jwk.d!), false)) as WorkerPrivateKey;
}

function x25519(path: string, read: (pem: Buffer) => KeyObject, pem: Buffer): KeyObject {
  let key: KeyObject;
  try {
    key = read(pem);
  } catch {
    throw new KeyEncryptionError(`${path} must hold an X25519 key as PEM`);
  }
  if (key.asymmetricKeyType !== 'x25519') throw new KeyEncryptionError(`${path} must hold an X25519 key as PEM`);
  return key;
}

const bytesOf = (text: string): ArrayBuffer => new Uint8Array(Buffer.from(text, 'base64url')).buffer;

/** @param place what the secret belongs to; it opens with the same words only */
export async function sealForWorkers(key: WorkerPublicKey, place: readonly string[], secret: string): Promise<Uint8Array<ArrayBuffer>> {
  const { enc, ct } = await suite.seal({ recipientPublicKey: key, info }, new TextEncoder().encode(secret), associated(place));
  return new Uint8Array(Buffer.concat([Buffer.from([version]), Buffer.from(enc), Buffer.from(ct)]));
}

/** @throws {SealBrokenError} when it was changed or moved, or sealed to another key */
export async function openAsWorker(key: WorkerPrivateKey, place: readonly string[], sealed: Uint8Array): Promise<string> {
  const bytes = new Uint8Array(sealed);
  if (bytes[0] !== version) throw new SealBrokenError('Not a value sealed for workers');
  try {
    const enc = bytes.slice(1, 1 + encapsulatedBytes).buffer;
    const plain = await suite.open({ recipientKey: key, enc, info }, bytes.slice(1 + encapsulatedBytes).buffer, associated(place));
    return new TextDecoder().decode(plain);
  } catch {
    throw new SealBrokenError('A value sealed for workers does not open at its place');
  }
}

const associated = (place: readonly string[]) => new TextEncoder().encode(JSON.stringify(place));
