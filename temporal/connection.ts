import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { TLSConfig } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { EncryptionCodec } from './payload-codec.js';

/** The settings that say where Temporal is and how its payloads are encrypted. */
export interface TemporalSettings {
  readonly TEMPORAL_ADDRESS: string;
  readonly TEMPORAL_NAMESPACE: string;
  readonly TEMPORAL_API_KEY?: string | undefined;
  readonly TEMPORAL_TLS_CERT_FILE?: string | undefined;
  readonly TEMPORAL_TLS_KEY_FILE?: string | undefined;
  readonly PAYLOAD_KEY_FILE: string;
}

export interface ConnectionOptions {
  readonly address: string;
  readonly tls?: TLSConfig | boolean;
  readonly apiKey?: string;
}

/** How a client or a worker connects. An API key turns TLS on; a certificate makes it mutual. */
export async function connectionOptions(settings: TemporalSettings): Promise<ConnectionOptions> {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_API_KEY: apiKey, TEMPORAL_TLS_CERT_FILE: certFile, TEMPORAL_TLS_KEY_FILE: keyFile } = settings;
  const tls = certFile && keyFile ? { clientCertPair: { crt: await readFile(certFile), key: await readFile(keyFile) } } : Boolean(apiKey);
  return { address, ...(tls ? { tls } : {}), ...(apiKey ? { apiKey } : {}) };
}

export const failureConverterPath = fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

/** Encrypts payloads and failures. The same on the API, the worker, the replayer and the codec endpoint. */
export function dataConverter(payloadKey: Buffer): DataConverter & { payloadCodecs: EncryptionCodec[] } {
  return { payloadCodecs: [new EncryptionCodec(payloadKey)], failureConverterPath };
}
