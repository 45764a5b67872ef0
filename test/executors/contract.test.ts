import { executors } from '../../src/executors/index.ts'
import { executorCases, executorContract } from '../contracts/executor.ts'

executorContract(executors, executorCases)
