// The arrows of docs/decisions.md and design.md section 2, as lint rules: a room may import only what its row names.
import tseslint from 'typescript-eslint';

const rooms = ['domain', 'workflows', 'activities', 'it-glue', 'store', 'tables', 'settings', 'temporal', 'api', 'worker', 'sandbox', 'local', 'prisma'];

/** What each room may import from the other rooms ("room" or "room/file"). */
const arrows = {
  domain: [],
  settings: [],
  temporal: [],
  tables: ['domain'],
  store: ['domain', 'prisma'],
  'it-glue': ['domain'],
  workflows: ['domain'],
  activities: ['domain', 'store', 'it-glue', 'tables', 'workflows/contract'],
  api: ['domain', 'store', 'tables', 'settings', 'temporal', 'workflows/contract'],
  worker: ['activities', 'workflows', 'store', 'it-glue', 'domain', 'settings', 'temporal'],
  sandbox: [],
  local: ['api/server', 'worker/main', 'sandbox', 'domain', 'store', 'settings', 'temporal', 'workflows/contract'],
};

/** Type-only arrows: a workflow sees the types of the activities, never their code. */
const typeArrows = { workflows: ['activities'] };

const nodeBuiltins = ['node:*', 'fs', 'path', 'crypto', 'http', 'https', 'net', 'os', 'child_process', 'worker_threads', 'timers', 'timers/*'];

function arrowRule(room) {
  const allowed = arrows[room];
  const patterns = rooms
    .filter((other) => other !== room && !allowed.includes(other))
    .map((other) => {
      const files = allowed.filter((a) => a.startsWith(`${other}/`)).map((a) => a.slice(other.length + 1));
      const except = files.length > 0 ? `(?!(?:${files.join('|')})(?:\\.js|/))` : '';
      return {
        regex: `^(?:\\.\\./)+${other}/${except}`,
        message: `${room}/ may not import ${other}/ (see the table of arrows in eslint.config.js).`,
        allowTypeImports: typeArrows[room]?.includes(other) ?? false,
      };
    });
  if (room === 'domain' || room === 'workflows') {
    patterns.push({ group: nodeBuiltins, message: `${room}/ stays pure: no Node builtins.` });
  }
  return {
    files: [`${room}/**/*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
}

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'prisma/generated', '.data', 'coverage'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      eqeqeq: 'error',
      'no-console': ['error', { allow: ['error'] }],
    },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  { files: ['local/**', 'bench/**', 'examples/**', 'sandbox/main.ts', 'sandbox/mail/main.ts', 'test/**'], rules: { 'no-console': 'off' } },
  ...Object.keys(arrows).map(arrowRule),
  {
    files: ['workflows/**/*.ts', 'domain/*.ts', 'domain/reminders/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'Program > VariableDeclaration[kind="let"], Program > ExportNamedDeclaration > VariableDeclaration[kind="let"]', message: 'All workflows of a process share these modules (worker/bundle.ts): state belongs into functions.' },
      ],
    },
  },
);
