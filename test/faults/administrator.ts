/** The MSP's Administrator, who gives the product a new key when IT Glue refuses the old one. Every export that waits goes on by itself then. */
import { ApiProblem, type Session } from '../../examples/demo/api.js';
import type { StandIn } from './stand-in.js';

export class Administrator {
  #busy: Promise<void> = Promise.resolve();

  constructor(
    private readonly session: Session,
    private readonly standIn: StandIn,
  ) {}

  /** Sees to a key that works; several who ask at once are helped one after the other. */
  mendKey(): Promise<void> {
    const mending = this.#busy.then(() => this.#mend());
    this.#busy = mending.catch(() => undefined);
    return mending;
  }

  async #mend(): Promise<void> {
    if (await this.standIn.hasKey()) {
      // The key works, the product may have seen it refused before: trying it out again sends the exports on.
      await this.#unlessChanged(() => this.session.post('/it-glue-connection/test'));
      return;
    }
    const apiKey = await this.standIn.newKey();
    const { version } = await this.session.get<{ version: number }>('/it-glue-connection');
    await this.#unlessChanged(() => this.session.put('/it-glue-connection', { region: 'stand_in', apiKey, version }));
  }

  /** A repeated request whose first answer was lost has done its work. */
  async #unlessChanged(send: () => Promise<unknown>): Promise<void> {
    try {
      await send();
    } catch (error) {
      if (!(error instanceof ApiProblem) || (error.status !== 409 && error.status !== 412)) throw error;
    }
  }
}
