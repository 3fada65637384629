// All that shows Markdown on a page, in one part that is loaded when the page is there: nothing of it is needed before the
// first message.

import './markdown.css'

export { createStreamRenderer } from './renderer'
export { pageServices } from './services'
