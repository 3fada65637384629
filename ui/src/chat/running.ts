// What it takes to run an answer. Not needed to show a page, so the engine loads it once the page is there.
export { continuationOf } from '@/chat/continuation'
export { buildRequest } from '@/chat/request'
export { Run } from '@/chat/run'
export { trimFurther } from '@/chat/trim'
