import type { Task } from '../dataset.ts'

/** Tasks of the quickstart data, which quickstart.ts reads. */
export const quickstartTasks: readonly Task[] = [
  { name: 'sentiment', classes: ['negative', 'positive'] },
  { name: 'venue', classes: ['amazon', 'imdb', 'yelp'] },
]
