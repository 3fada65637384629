// The worker that colours code, one for the whole page.

import { colour } from './colour'
import type { Ask, Answer } from './client'

addEventListener('message', (event: MessageEvent<Ask>) => {
  const { id, code, language } = event.data
  const answer = (runs: Answer['runs']) => postMessage({ id, runs } satisfies Answer)
  colour(code, language).then(answer, () => answer(null))
})
