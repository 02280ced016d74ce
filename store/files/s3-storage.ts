import { DeleteObjectsCommand, GetObjectCommand, ListObjectsV2Command, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Readable } from 'node:stream';
import { ObjectStorageError, type ObjectStorage } from './object-storage.js';

export interface S3Place {
  readonly bucket: string;
  readonly region: string;
  /** Address of an S3-compatible server; AWS when there is none. */
  readonly endpoint?: string | undefined;
  /** Without them the SDK looks where AWS programs look: environment, profile, instance role. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

const partBytes = 8 * 1024 * 1024;
/** What S3 takes in one deletion and gives in one listing. */
const mostKeys = 1_000;

/** An S3 bucket, on AWS or any server that speaks its protocol. */
export class S3ObjectStorage implements ObjectStorage {
  private readonly client: S3Client;

  constructor(private readonly at: S3Place) {
    this.client = new S3Client({
      region: at.region,
      maxAttempts: 4,
      requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000 },
      // Other servers than AWS often know no checksum trailers; what we keep is authenticated chunk by chunk anyway.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      ...(at.endpoint ? { endpoint: at.endpoint, forcePathStyle: true } : {}),
      ...(at.credentials ? { credentials: at.credentials } : {}),
    });
  }

  async put(key: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    // Its parts are held whole while they are sent, so each can be sent again; an error removes those that were sent.
    const upload = new Upload({ client: this.client, params: { Bucket: this.at.bucket, Key: key, Body: Readable.from(bytes, { objectMode: false }) }, partSize: partBytes, queueSize: 2 });
    await told('keep a file', upload.done());
  }

  async get(key: string): Promise<AsyncIterable<Uint8Array> | null> {
    try {
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.at.bucket, Key: key }));
      return Body as Readable;
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw failure('read a file', error);
    }
  }

  async removeAll(prefix: string, limit: number): Promise<number> {
    const listed = await told('list files', this.client.send(new ListObjectsV2Command({ Bucket: this.at.bucket, Prefix: prefix, MaxKeys: Math.min(limit, mostKeys) })));
    const keys = (listed.Contents ?? []).map((object) => ({ Key: object.Key! }));
    if (keys.length === 0) return 0;
    const { Errors } = await told('remove files', this.client.send(new DeleteObjectsCommand({ Bucket: this.at.bucket, Delete: { Objects: keys, Quiet: true } })));
    if (Errors && Errors.length > 0) throw new ObjectStorageError(`The object storage did not remove ${Errors.length} of ${keys.length} files (${Errors[0]!.Code ?? 'no reason given'})`);
    return keys.length;
  }
}

async function told<T>(what: string, done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (error) {
    throw failure(what, error);
  }
}

/** What the stream itself threw goes on as it is; of the storage's errors only their kind. */
function failure(what: string, error: unknown): Error {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  if (!$metadata && !isNetwork(error)) return error as Error;
  return new ObjectStorageError(`The object storage did not ${what} (${[name, $metadata?.httpStatusCode].filter(Boolean).join(', ')})`);
}

const isNetwork = (error: unknown) => /^E[A-Z]+$/.test(String((error as { code?: unknown }).code ?? '')) || (error as Error).name === 'TimeoutError';
