// The floors of docs/architecture.md: an import may only point down. Type-only imports count. No exceptions.
const FLOORS = [
  ['base'],
  ['space', 'protocol', 'statistics'],
  ['trial', 'executors', 'gpus', 'trainer', 'schedules'],
  ['samplers', 'pruners', 'racing', 'ensembles', 'reports', 'notifications', 'journal'],
  ['config', 'orchestrator'],
  ['app'],
  ['commands', 'library'],
]

/** One rule a room: it may import itself and the floors below, nothing else of src/. */
const floorRules = FLOORS.flatMap((rooms, floor) =>
  rooms.map((room) => ({
    name: `floor-of-${room}`,
    severity: 'error',
    comment: `src/${room} is on floor ${floor + 1}: it may import only itself and lower floors`,
    from: { path: `^src/${room}/` },
    to: { path: '^src/', pathNot: [room, ...FLOORS.slice(0, floor).flat()].map((r) => `^src/${r}/`) },
  })),
)

/** A heavy library has one door. */
const door = (name, library, rooms) => ({
  name: `door-${name}`,
  severity: 'error',
  from: { path: '^src/', pathNot: rooms.map((room) => `^src/${room}/`) },
  to: { path: library },
})

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphan-import', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
    ...floorRules,
    door('tensors', 'node_modules/@tensorflow', ['trainer']),
    door('oclif', 'node_modules/@oclif', ['commands']),
    door('charts', 'node_modules/echarts', ['reports']),
    door('cron-expressions', 'node_modules/croner', ['schedules']),
    door('quickstart-data', 'node_modules/sentiment', ['trainer']),
    {
      name: 'trainer-is-a-program-of-its-own',
      severity: 'error',
      from: { path: '^src/trainer/' },
      to: { path: '^src/', pathNot: '^src/(trainer|protocol|statistics|base)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
}
