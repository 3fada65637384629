// What the reader opened or closed. Kept beside the components: a long thread unmounts and mounts them while it scrolls,
// and a choice must outlive that.

import { reactive } from 'vue'

/** The reasoning of an answer, by its message. */
export const reasoningOpen: Map<string, boolean> = reactive(new Map())

/** Whether the answers of a comparison stand side by side, by its id. */
export const comparisonOpen: Map<string, boolean> = reactive(new Map())
