// Elements, made by hand. No part of a model's text ever passes through an HTML parser.

export type Child = Node | string

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

/** Makes `node` say `text`, touching only what differs: a selection in what stays the same survives. */
export function setText(node: Text, text: string): void {
  const old = node.data
  if (old === text) return
  if (text.startsWith(old)) node.appendData(text.slice(old.length))
  else if (old.startsWith(text)) node.deleteData(text.length, old.length - text.length)
  else node.data = text
}
