#!/usr/bin/env node
// Follows a topic live, as server-sent events, with what Node 18 or newer has built in: no package.
//
//     follow.mjs URL TOPIC [--state FILE] [--count N]
//
// Prints the value of each event as it comes, and keeps its position in FILE: started again it goes on there, misses
// nothing, and repeats at most the one event that it had printed but not yet noted. It outlives restarts of the server.
// Without FILE it starts at the first event. In a browser `new EventSource(url)` does all of this but the file.

import { open, readFile, rename } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const SILENCE_MS = 45_000; // the server sends something every 15 s: after a longer silence the connection is dead

// The server said no. The same request will not succeed later.
class Refused extends Error {}

// The lines of a response; one that is cut short is left out: its event comes again.
async function* linesOf(body, heard) {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const part of body) {
    heard();
    const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) yield line.replace(/\r$/, "");
  }
}

// { id, name, data } of each event of a stream, as the HTML standard reads it; `retry:` is given as an event.
async function* serverSentEvents(lines) {
  let event = { name: "message", data: [] };
  for await (const line of lines) {
    if (line === "") {
      if (event.data.length > 0 || event.id !== undefined) yield { ...event, data: event.data.join("\n") };
      event = { name: "message", data: [] };
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "id") event.id = value;
    else if (field === "event") event.name = value;
    else if (field === "data") event.data.push(value);
    else if (field === "retry" && /^\d+$/.test(value)) yield { name: "retry", data: value };
  }
}

// The response of a stream that begins behind `position` (undefined: at the first event); null when the topic is gone
// and the stream is over for good.
async function openStream(url, topic, position, signal) {
  const headers = { Accept: "text/event-stream" };
  if (position) headers["Last-Event-ID"] = position;
  const target = new URL(`/topics/${encodeURIComponent(topic)}/events?from=earliest`, url);
  const response = await fetch(target, { headers, signal });
  if (response.status === 204) return null;
  if (response.status === 200) return response;
  const problem = await response.json();
  throw new (problem.retryable ? Error : Refused)(`${problem.code}: ${problem.detail}`);
}

// { event, position behind it }, for ever: after a broken connection it goes on from the last position. fetch itself
// gives up at the first refused connection, and knows no silence shorter than 5 minutes: both are mended here.
export async function* follow(url, topic, position) {
  let waitMs = 2000;
  for (;;) {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error("the server is silent")), SILENCE_MS);
    try {
      const response = await openStream(url, topic, position, silence.signal);
      if (response === null) return;
      for await (const { id, name, data } of serverSentEvents(linesOf(response.body, () => timer.refresh()))) {
        position = id || position;
        if (name === "retry") waitMs = Number(data);
        else if (name === "gap") console.error(`events are lost: ${data}`);
        else if (name === "message" && data) yield { event: JSON.parse(data), position };
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
      console.error(`no stream: ${error.cause?.message ?? error.message}`);
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
    await sleep(waitMs * (0.8 + 0.4 * Math.random())); // not all clients at once
  }
}

async function readState(path) {
  try {
    return path && (await readFile(path, "ascii")).trim();
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

// Whole or not at all, also when the machine dies.
async function writeState(path, position) {
  const file = await open(`${path}.new`, "w");
  try {
    await file.writeFile(position, "ascii");
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

async function main() {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: { state: { type: "string" }, count: { type: "string", default: "0" } },
  });
  const [url, topic] = positionals;
  if (!topic) throw new Refused("usage: follow.mjs URL TOPIC [--state FILE] [--count N]");
  let seen = 0;
  for await (const { event, position } of follow(url, topic, await readState(flags.state))) {
    console.log(JSON.stringify(event.value));
    if (flags.state) await writeState(flags.state, position);
    seen += 1;
    if (seen === Number(flags.count)) return;
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
