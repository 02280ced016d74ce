import { encodeAttributes } from './wire-names.js';

/** The JSON:API media type; `application/json` may get 415. */
const MEDIA_TYPE = 'application/vnd.api+json';

export interface RequestBody {
  readonly bytes: Buffer;
  readonly contentType: string;
}

/** One record: `{"data":{"type":…,"attributes":{…}}}`. Only routes without a parent want an object. */
export function bodyOfOne(type: string, attributes: object): RequestBody {
  return jsonBody({ type, attributes: encodeAttributes(attributes) });
}

/** Several records, for the nested bulk routes. `relationships` travels beside the attributes. */
export function bodyOfMany(type: string, records: readonly { attributes: object; relationships?: object }[]): RequestBody {
  return jsonBody(
    records.map(({ attributes, relationships }) => ({
      type,
      attributes: encodeAttributes(attributes),
      ...(relationships && { relationships }),
    })),
  );
}

/** A JSON body that is bytes already. */
export function jsonBodyOf(bytes: Buffer): RequestBody {
  return { bytes, contentType: MEDIA_TYPE };
}

function jsonBody(data: unknown): RequestBody {
  return jsonBodyOf(Buffer.from(JSON.stringify({ data }), 'utf8'));
}
