// Whether the reader opened the reasoning of an answer. Kept beside the components: a long thread unmounts and mounts
// them while it scrolls, and a choice must outlive that.

export const chosenOpen = new Map<string, boolean>()
