import { randomBytes } from 'node:crypto';
import { ApplicationFailure, defaultPayloadConverter, type Payload } from '@temporalio/common';
import { decodeOptionalFailureToOptionalError, encodeErrorToFailure, encodeToPayloads, decodeArrayFromPayloads, loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/index.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataConverter } from '../../temporal/connection.js';
import { EncryptionCodec } from '../../temporal/payload-codec.js';

const key = randomBytes(32);
const codec = new EncryptionCodec(key);
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value)!;
const asText = (sealed: readonly Payload[]) => sealed.map((one) => [...Object.entries(one.metadata ?? {}).map(([name, value]) => name + Buffer.from(value).toString('latin1')), Buffer.from(one.data!).toString('latin1')].join('\n')).join('\n');

describe('payloads in Temporal', () => {
  it('come back as they were, with their metadata, in their order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 5 }), async (values) => {
        const given = values.map(payload);
        const back = await codec.decode(await codec.encode(given));
        expect(back.map((one) => defaultPayloadConverter.fromPayload(one))).toEqual(values.map((value) => JSON.parse(JSON.stringify(value)) as unknown));
      }),
    );
    const bytes = payload(new Uint8Array([0, 255, 7]));
    expect(defaultPayloadConverter.fromPayload((await codec.decode(await codec.encode([bytes])))[0]!)).toEqual(new Uint8Array([0, 255, 7]));
    expect(defaultPayloadConverter.fromPayload((await codec.decode(await codec.encode([payload(undefined)])))[0]!)).toBeUndefined();
  });

  it('show nothing of what they hold, neither the value nor that two are equal', async () => {
    const sealed = await codec.encode([payload({ note: 'Xanadu' }), payload({ note: 'Xanadu' })]);
    expect(asText(sealed)).not.toMatch(/Xanadu|note|json/);
    expect(Buffer.from(sealed[0]!.data!).equals(Buffer.from(sealed[1]!.data!))).toBe(false);
  });

  it('are refused with another key, in words that name the setting and not the key', async () => {
    const sealed = await codec.encode([payload('Xanadu')]);
    const error = await new EncryptionCodec(randomBytes(32)).decode(sealed).catch((caught: Error) => caught);
    expect(String(error)).toBe('Error: A payload in Temporal was encrypted with another key than PAYLOAD_KEY_FILE holds');
  });

  it('are refused when a byte was changed or cut off', async () => {
    const [sealed] = await codec.encode([payload('Xanadu')]);
    for (let at = 0; at < sealed!.data!.length; at += 1) {
      const data = Uint8Array.from(sealed!.data!);
      data[at]! ^= 1;
      await expect(codec.decode([{ ...sealed!, data }]).then((back) => back), `byte ${at}`).rejects.toThrow();
    }
    for (const length of [1, 12, 27]) await expect(codec.decode([{ ...sealed!, data: sealed!.data!.subarray(0, length) }])).rejects.toThrow();
  });

  it('that were never encrypted are passed on as they are', async () => {
    const plain = payload('x');
    expect(await codec.decode([plain])).toEqual([plain]);
  });

  it('need a key of 32 bytes', () => {
    expect(() => new EncryptionCodec(randomBytes(16))).toThrow('The payload key must have 32 bytes, not 16');
  });
});

describe('the data converter', () => {
  const converter = loadDataConverter(dataConverter(key));

  it('encrypts arguments and results', async () => {
    const payloads = await encodeToPayloads(converter, { company: 'Xanadu' });
    expect(asText(payloads!)).not.toContain('Xanadu');
    expect(await decodeArrayFromPayloads(converter, payloads)).toEqual([{ company: 'Xanadu' }]);
  });

  it('encrypts the words, the details and the stack of a failure, and gives them back', async () => {
    const failure = await encodeErrorToFailure(converter, ApplicationFailure.create({ type: 'Refused', message: 'Xanadu is taken', details: ['Xanadu'], nonRetryable: true }));
    expect(JSON.stringify(failure)).not.toMatch(/Xanadu|payload-codec\.test/);
    expect(failure.message).toBe('Encoded failure');
    const back = (await decodeOptionalFailureToOptionalError(converter, failure)) as ApplicationFailure;
    expect([back.message, back.details, back.type]).toEqual(['Xanadu is taken', ['Xanadu'], 'Refused']);
  });
});
