import { z } from 'zod';
import { taskKinds, tasksOf, type Task, type TaskKind } from '../../store/index.js';
import { readPlace, writePlace } from '../cursor.js';
import { id, instant, iso, pageQuery, section } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const task = z
  .object({
    id: z.string().describe('Names the task as long as it lasts.'),
    kind: z.enum(taskKinds),
    words: z.string().describe('What is to be done, as a sentence.'),
    clientId: id,
    company: z.string(),
    section: section.nullable(),
    questionId: id.nullable(),
    since: instant,
  })
  .meta({ id: 'Task' });

const sentences: Readonly<Record<TaskKind, (task: Task) => string>> = {
  enter: ({ section: one }) => `Fill in the ${one} section`,
  sent_back: ({ section: one }) => `The ${one} section was sent back; correct it and submit it again`,
  review: ({ section: one }) => `Review the ${one} section`,
  sign_off: () => 'Sign off before the export',
  assign: () => 'Assign an engineer and a manager, two different people; they sign off before the export',
  export: () => 'Look at the preview and start the export',
  export_blocked: () => 'The export waits for a person',
  question: ({ section: one }) => `Answer a question about the ${one} section`,
  answer: ({ section: one }) => `Your question about the ${one} section was answered; read it and close it`,
  stuck: ({ section: one }) => `Somebody is stuck in the ${one} section`,
};

export async function taskRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  app.get(
    '/my-tasks',
    {
      config: { operation: 'self' },
      schema: {
        ...words('listMyTasks', 'Clients', 'What waits for you', 'Oldest first. A client whose seat nobody is assigned to is a task of everybody with that role.'),
        querystring: pageQuery,
        response: { 200: z.object({ items: z.array(task), nextCursor: z.string().nullable(), total: z.int() }), ...problems('invalid_request') },
      },
    },
    async ({ actor, query }) => {
      const { limit } = query;
      const { tasks, total } = await tasksOf(store, actor, { limit: limit + 1, after: readPlace('my-tasks', query.cursor) });
      const last = tasks[limit - 1];
      return {
        items: tasks.slice(0, limit).map((one) => ({ ...one, since: iso(one.since), words: sentences[one.kind](one) })),
        nextCursor: tasks.length > limit && last ? writePlace('my-tasks', { key: last.since.getTime(), id: last.id }) : null,
        total,
      };
    },
  );
}
