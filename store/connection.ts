import pg from 'pg';

/** How pg names a statement that was not answered within `query_timeout`. */
const unanswered = 'Query read timeout';

/**
 * A connection that ends when a statement was not answered in time. pg only stops waiting: the server may carry the statement
 * out later, and where the ROLLBACK that follows is not answered either, the next user of the connection would go on in the
 * transaction of the last one. A server that loses a connection takes its transaction back.
 */
export class StrictConnection extends pg.Client {
  override query(...args: unknown[]): never {
    const result: unknown = (super.query as (...given: unknown[]) => unknown)(...args);
    if (result instanceof Promise) {
      result.catch((error: unknown) => {
        if (error instanceof Error && error.message === unanswered) this.#cut();
      });
    }
    return result as never;
  }

  #cut(): void {
    const { connection } = this as unknown as { connection: { stream: { destroy(): void } } };
    connection.stream.destroy();
  }
}
