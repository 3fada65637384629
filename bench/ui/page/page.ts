// Streams a text into the renderer as a model would, one update per frame, and tells how the frames fared.

import "@/styles/tokens.css";
import "@/styles/base.css";
import "@/markdown/markdown.css";
import "./page.css";
import { typeset } from "@/markdown/formulas";
import { highlight } from "@/markdown/highlight/client";
import { createStreamRenderer } from "@/markdown/renderer";
import { TEXTS } from "./texts";

interface Measured {
  characters: number;
  elements: number;
  /** Milliseconds between the frames of the stream. */
  frames: number[];
  /** Milliseconds that one update took. */
  updates: number[];
  /** What the end took at once, on the main thread. */
  finishMs: number;
}

const QUIET_MS = 2000;

const frame = () =>
  new Promise<number>((resolve) => requestAnimationFrame(resolve));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function run(
  name: string,
  charactersPerSecond: number,
): Promise<Measured> {
  const text = TEXTS[name] ?? "";
  const answer = document.getElementById("answer")!;
  const scroller = document.getElementById("scroller")!;
  answer.replaceChildren();
  const renderer = createStreamRenderer(answer, {
    highlight,
    typeset,
    loadImage: () => Promise.reject(new Error("no pictures here")),
    previewUrl: "about:blank",
  });
  const measured: Measured = {
    characters: text.length,
    elements: 0,
    frames: [],
    updates: [],
    finishMs: 0,
  };
  const begin = await frame();
  for (let shown = 0, last = begin; shown < text.length;) {
    const now = await frame();
    measured.frames.push(now - last);
    last = now;
    shown = Math.min(
      text.length,
      Math.ceil(((now - begin) / 1000) * charactersPerSecond),
    );
    const start = performance.now();
    renderer.update(text.slice(0, shown));
    scroller.scrollTop = scroller.scrollHeight;
    measured.updates.push(performance.now() - start);
  }
  const end = performance.now();
  const finished = renderer.finish(text);
  measured.finishMs = performance.now() - end;
  await finished;
  await pause(QUIET_MS);
  measured.elements = answer.querySelectorAll("*").length;
  return measured;
}

/** Shows a whole text at once, as an old answer is. */
async function open(name: string): Promise<number> {
  const answer = document.getElementById("answer")!;
  answer.replaceChildren();
  const start = performance.now();
  const renderer = createStreamRenderer(answer, {
    highlight,
    typeset,
    loadImage: () => Promise.reject(new Error("no pictures here")),
    previewUrl: "about:blank",
  });
  await renderer.finish(TEXTS[name] ?? "");
  return performance.now() - start;
}

Object.assign(globalThis, { bench: { run, open, names: Object.keys(TEXTS) } });
