/** Asks a Temporal server whether it serves, without loading the SDK: one gRPC call over HTTP/2. */
import { connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';

const SERVICE = 'temporal.api.workflowservice.v1.WorkflowService';

/** Resolves when the frontend at host:port says SERVING. Rejects only when `signal` aborts. */
export async function untilTemporalServes(address: string, signal: AbortSignal): Promise<void> {
  while (!(await serves(address))) await sleep(50, undefined, { signal });
}

/** `grpc.health.v1.Health/Check`; see https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
async function serves(address: string): Promise<boolean> {
  const session = connect(`http://${address}`);
  try {
    return await new Promise<boolean>((resolve) => {
      const no = () => resolve(false);
      session.once('error', no).setTimeout(1_000, no);
      const request = session.request({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.once('error', no);
      // The answer's field 1 is the status; 1 means SERVING. Five bytes of gRPC frame come before it.
      request.once('end', () => resolve(Buffer.concat(chunks).subarray(5).equals(Buffer.from([0x08, 0x01]))));
      request.end(grpcFrame(Buffer.concat([Buffer.from([0x0a, SERVICE.length]), Buffer.from(SERVICE)])));
    });
  } finally {
    session.destroy();
  }
}

function grpcFrame(body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}
