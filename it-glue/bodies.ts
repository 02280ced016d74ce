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

/** A body whose keys must go out exactly as written (`file_name` of attachments). */
export function bodyAsWritten(data: unknown): RequestBody {
  return jsonBody(data);
}

function jsonBody(data: unknown): RequestBody {
  return { bytes: Buffer.from(JSON.stringify({ data }), 'utf8'), contentType: MEDIA_TYPE };
}
