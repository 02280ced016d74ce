import { Session } from './api.js';
import type { Me } from './answers.js';
import type { Narrator } from './narrator.js';
import type { StackAddress } from './stack.js';

/** A person of the story: who they are and their way into the API. */
export interface Player {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly session: Session;
}

/** The MSP's own people. The accountant and the outgoing MSP join later, with the tokens that they are given. */
export interface Cast {
  readonly tenant: string;
  readonly salesRep: Player;
  readonly manager: Player;
  readonly engineer: Player;
}

/** Signs the demo tenant's people in. Throws naming the role that the tenant lacks. */
export async function signIn(stack: StackAddress, narrator: Narrator): Promise<Cast> {
  const player = async (role: string, words: string): Promise<Player & { tenant: string }> => {
    const user = stack.users.find((one) => one.role === role);
    if (!user) throw new Error(`The demo tenant has no user with the role ${role}`);
    const session = new Session(stack.apiUrl, user.token, (message) => narrator.line(message));
    const me = await session.get<Me>('/me');
    return { id: me.id, name: me.name, role: words, session, tenant: me.tenantName };
  };
  const salesRep = await player('sales_rep', 'sales rep');
  return {
    tenant: salesRep.tenant,
    salesRep,
    manager: await player('manager', 'manager'),
    engineer: await player('onboarding_engineer', 'onboarding engineer'),
  };
}

export const named = (player: Player) => `${player.name} (${player.role})`;
