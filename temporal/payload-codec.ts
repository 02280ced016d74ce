import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { METADATA_ENCODING_KEY, type Payload, type PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';

const encoding = 'binary/encrypted';
const nonceBytes = 12;
const tagBytes = 16;
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const { Payload: ProtoPayload } = proto.temporal.api.common.v1;

/**
 * Encrypts every payload that is kept in Temporal: AES-256-GCM over the whole payload, metadata included. The key's
 * fingerprint travels along, so that a payload of another key is recognised instead of misread.
 */
export class EncryptionCodec implements PayloadCodec {
  private readonly fingerprint: string;

  constructor(private readonly key: Buffer) {
    if (key.length !== 32) throw new Error(`The payload key must have 32 bytes, not ${key.length}`);
    this.fingerprint = createHash('sha256').update(key).digest('hex').slice(0, 16);
  }

  encode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(
      payloads.map((payload) => {
        const nonce = randomBytes(nonceBytes);
        const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(Buffer.from(this.fingerprint));
        const plain = ProtoPayload.encode(payload).finish();
        return {
          metadata: { [METADATA_ENCODING_KEY]: bytes(encoding), 'key-fingerprint': bytes(this.fingerprint) },
          data: new Uint8Array(Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])),
        };
      }),
    );
  }

  /** @throws {Error} when a payload was encrypted with another key or was changed */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => {
      if (text(payload.metadata?.[METADATA_ENCODING_KEY]) !== encoding || !payload.data) return payload;
      if (text(payload.metadata?.['key-fingerprint']) !== this.fingerprint) {
        throw new Error('A payload in Temporal was encrypted with another key than PAYLOAD_KEY_FILE holds');
      }
      const sealed = Buffer.from(payload.data);
      const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(0, nonceBytes))
        .setAAD(Buffer.from(this.fingerprint))
        .setAuthTag(sealed.subarray(-tagBytes));
      return ProtoPayload.decode(Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]));
    });
  }
}

function text(value: Uint8Array | null | undefined): string | null {
  return value ? Buffer.from(value).toString() : null;
}
