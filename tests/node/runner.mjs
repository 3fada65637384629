// A long-lived worker that drives the openai Node.js SDK, so that hundreds of cases share one process.
//
// Standard input, one JSON object per line: {id, baseURL, mode: "iterate" | "stream-helper" | "create", body}.
// Standard output, one JSON object per line, in the order in which the calls end:
//   {id, ok, text, reasoning, refusal, tool_calls: [{id, type, name, arguments}], finish, usage, chunks,
//    error: {name, status, code, type, message, classes} | null, choices: [the same five keys per choice]}
// `text` and its kin are those of choice 0. What was received before a failure is reported beside the error.

import { createInterface } from "node:readline";
import OpenAI from "openai";

const clients = new Map();

function clientFor(baseURL) {
  if (!clients.has(baseURL)) {
    clients.set(baseURL, new OpenAI({ baseURL, apiKey: "test-key", maxRetries: 0, timeout: 30_000, logLevel: "off" }));
  }
  return clients.get(baseURL);
}

class Answer {
  constructor() {
    this.choices = [];
    this.usage = null;
    this.chunks = 0;
  }

  choice(index) {
    while (this.choices.length <= index) {
      this.choices.push({ text: "", reasoning: "", refusal: "", tool_calls: [], finish: null });
    }
    return this.choices[index];
  }

  addChunk(chunk) {
    this.chunks += 1;
    if (chunk.usage) this.usage = chunk.usage;
    for (const { index, delta, finish_reason } of chunk.choices) {
      const choice = this.choice(index);
      choice.text += delta.content ?? "";
      choice.reasoning += delta.reasoning_content ?? "";
      choice.refusal += delta.refusal ?? "";
      for (const piece of delta.tool_calls ?? []) addToolCall(choice.tool_calls, piece);
      if (finish_reason) choice.finish = finish_reason;
    }
  }

  addCompletion(completion) {
    this.usage = completion.usage ?? null;
    for (const { index, message, finish_reason } of completion.choices) {
      const choice = this.choice(index);
      choice.text = message.content ?? "";
      choice.reasoning = message.reasoning_content ?? "";
      choice.refusal = message.refusal ?? "";
      for (const call of message.tool_calls ?? []) addToolCall(choice.tool_calls, { ...call, index: choice.tool_calls.length });
      choice.finish = finish_reason;
    }
  }
}

// The SDK's types promise that id, type and name come once: adding them up shows it when they do not.
function addToolCall(calls, piece) {
  const call = (calls[piece.index] ??= { id: "", type: "", name: "", arguments: "" });
  call.id += piece.id ?? "";
  call.type += piece.type ?? "";
  call.name += (piece.function ?? piece.custom)?.name ?? "";
  call.arguments += piece.function?.arguments ?? piece.custom?.input ?? "";
}

const modes = {
  async iterate(client, body, answer) {
    const stream = await client.chat.completions.create({ ...body, stream: true });
    for await (const chunk of stream) answer.addChunk(chunk);
  },
  async "stream-helper"(client, body, answer) {
    const stream = client.chat.completions.stream(body);
    stream.on("chunk", () => {
      answer.chunks += 1;
    });
    answer.addCompletion(await stream.finalChatCompletion());
  },
  async create(client, body, answer) {
    answer.addCompletion(await client.chat.completions.create(body));
  },
};

function described(error) {
  const classes = [];
  for (let kind = error?.constructor; kind?.name; kind = Object.getPrototypeOf(kind)) classes.push(kind.name);
  const { status = null, code = null, type = null } = error ?? {};
  return { name: classes[0] ?? typeof error, classes, status, code, type, message: String(error?.message ?? error) };
}

async function run({ id, baseURL, mode, body }) {
  const answer = new Answer();
  let error = null;
  try {
    await modes[mode](clientFor(baseURL), body, answer);
  } catch (failure) {
    error = described(failure);
  }
  const { choices, usage, chunks } = answer;
  process.stdout.write(JSON.stringify({ id, ok: error === null, ...choices[0], choices, usage, chunks, error }) + "\n");
}

createInterface({ input: process.stdin }).on("line", (line) => void run(JSON.parse(line)));
