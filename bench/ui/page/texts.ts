// What is streamed. Each text is made the same way each time.

function times(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index)).join("");
}

function cutTo(length: number, text: string): string {
  return text.slice(0, text.lastIndexOf("\n", length) + 1);
}

const PROSE =
  "The **gateway** reads each chunk once and passes it on; see `streaming/shape` and [the notes](https://example.com/notes). " +
  "A *bounded* amount of work is done for each of them, whatever came before, so that the last word costs what the first did.";

const CODE = (index: number) =>
  `export function step${index}(items: readonly Item[], limit = ${index}): Map<string, number> {\n` +
  `  const seen = new Map<string, number>() // of round ${index}\n` +
  "  for (const item of items) if (item.weight > limit) seen.set(item.name, (seen.get(item.name) ?? 0) + item.weight)\n" +
  "  return seen\n}\n\n";

const SECTION = (index: number) =>
  `## Part ${index}\n\n${PROSE}\n\n- first of **${index}**\n- second with \`code\`\n  - below it\n  - and one more\n- third\n\n` +
  `| name | value | note |\n|:--|--:|---|\n${times(5, (row) => `| row ${row} | ${index * row} | some *words* here |\n`)}\n` +
  `${PROSE}\n\n\`\`\`typescript\n${CODE(index)}\`\`\`\n\n1. one\n2. two\n\n> ${PROSE}\n\n`;

export const TEXTS: Record<string, string> = {
  mixed: cutTo(80_000, times(80, SECTION)),
  fence: `Here it is:\n\n\`\`\`typescript\n${cutTo(40_000, times(200, CODE))}\`\`\`\n\nThat was it.\n`,
  list: cutTo(
    40_000,
    times(
      500,
      (index) =>
        `- item ${index}: **bold** words, \`code\` and [a link](https://example.com/${index})\n`,
    ),
  ),
  nested: `1. outer\n${cutTo(
    40_000,
    times(
      700,
      (index) => `   - inner ${index}: *some* words and \`code\` in it\n`,
    ),
  )}`,
  table: `| # | name | value | note |\n|--:|---|---|---|\n${times(200, (row) => `| ${row} | name **${row}** | \`${row * 7}\` | some words, and [a link](https://example.com/${row}) |\n`)}`,
  formulas: times(
    150,
    (index) =>
      `The value of $x_{${index}}^2 + \\sqrt{y}$ is\n\n$$\n\\int_0^{${index}} \\frac{x^2}{1+x}\\,dx = \\sum_{k=1}^{n} a_k\n$$\n\n`,
  ),
  paragraph: `${times(200, () => `${PROSE} `)}\n`,
};
