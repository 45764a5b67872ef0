import { sections } from '../../src/reports/index.ts'
import { reportSectionContract } from '../contracts/report-section.ts'

reportSectionContract(sections)
