#!/usr/bin/env node
// Produces and consumes events with what Node 18 or newer has built in: no package.
//
//     produce_consume.mjs produce URL TOPIC [--key KEY]            lines of JSON from standard input, one event each
//     produce_consume.mjs consume URL TOPIC [--state FILE] [--count N]
//
// `consume` prints the value of each event, live, and writes its place to FILE after each: started again it goes on there,
// misses nothing and repeats at most the one event that it had printed but not yet noted. It outlives restarts of the
// server. In a browser, `new EventSource(url)` does all that is between "consuming" and "the command line" here.

import { readFile, rename, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const SILENCE_MS = 45_000; // the server says something every 15 s

// The server said no: trying again as it stands is of no use.
class Refused extends Error {}

const eventsUrl = (url, topic) => new URL(`/topics/${encodeURIComponent(topic)}/events`, url);

// ---- producing ----

// Appends events, one JSON text each, all or none of them; gives the server's answer.
export async function produce(url, topic, lines, key) {
  const target = eventsUrl(url, topic);
  if (key !== undefined) target.searchParams.set("key", key);
  const response = await fetch(target, {
    method: "POST",
    headers: { "Content-Type": "application/x-ndjson" },
    body: lines.join("\n"),
  });
  const answer = await response.json();
  if (!response.ok) throw new Refused(`${answer.code}: ${answer.detail}`);
  return answer;
}

// ---- consuming ----

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

// { id, name, data } of each event of a stream, as the HTML standard reads it; retry is given as an event.
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

// The response of a stream behind `position` (undefined: from the first event), or null when it is over for good.
async function openStream(url, topic, position, signal) {
  const headers = { Accept: "text/event-stream" };
  if (position) headers["Last-Event-ID"] = position;
  const target = eventsUrl(url, topic);
  target.searchParams.set("from", "earliest");
  const response = await fetch(target, { headers, signal });
  if (response.status === 204) return null;
  if (response.status === 200) return response;
  const problem = await response.json();
  throw new (problem.retryable ? Error : Refused)(`${problem.code}: ${problem.detail}`);
}

// { event, position behind it }, for ever: broken connections are made again, from where the last one ended.
export async function* consume(url, topic, position) {
  let waitMs = 2000;
  for (;;) {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(new Error("the server is silent")), SILENCE_MS);
    try {
      const response = await openStream(url, topic, position, silence.signal);
      if (response === null) return;
      for await (const { id, name, data } of serverSentEvents(linesOf(response.body, () => timer.refresh()))) {
        position = id || position;
        if (name === "retry") waitMs = Number(data);
        else if (name === "gap") console.error(`gap: ${data}`);
        else if (name === "message" && data) yield { event: JSON.parse(data), position };
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
      console.error(`again in ${waitMs} ms: ${error.cause?.message ?? error.message}`);
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
    await sleep(waitMs);
  }
}

// ---- the command line ----

async function readState(path) {
  try {
    return path && (await readFile(path, "ascii")).trim();
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

// Whole or not at all.
async function writeState(path, position) {
  await writeFile(`${path}.new`, position, "ascii");
  await rename(`${path}.new`, path);
}

async function main() {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: { key: { type: "string" }, state: { type: "string" }, count: { type: "string", default: "0" } },
  });
  const [what, url, topic] = positionals;
  if (!["produce", "consume"].includes(what) || !topic) throw new Refused("produce_consume.mjs produce|consume URL TOPIC");
  if (what === "produce") {
    const lines = (await text(process.stdin)).split("\n").filter((line) => line !== "");
    console.log(JSON.stringify(await produce(url, topic, lines, flags.key)));
    return;
  }
  let seen = 0;
  for await (const { event, position } of consume(url, topic, await readState(flags.state))) {
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
