// Requests to the server that the page came from, what it answers when something is wrong, and the same requests as
// curl.
"use strict";

// The page may be served below a path (/tailrace/) that a proxy takes off: every address is relative to the page's own.
const BASE = location.origin + location.pathname.replace(/\/[^/]*\.html$/, "/").replace(/\/?$/, "/");
const REQUEST_MS = 30000;
const ERRORS_MAX = 5; // of those that a refused batch lists

function address(segments, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(given).toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return BASE + segments.map(encodeURIComponent).join("/") + (search ? `?${search}` : "");
}

// Why the server, or a proxy in front of it, refused a request. Status 0: there was no answer.
class Problem extends Error {
  constructor(method, status, title, detail, document = {}) {
    super(detail ? `${title}: ${detail}` : title);
    this.method = method;
    this.status = status;
    this.code = document.code;
    this.cursor = document.cursor; // from where a read can go on
  }

  static from(method, response, text) {
    let document = {};
    try {
      document = JSON.parse(text);
    } catch {
      // Not from Tailrace: the status is all that counts.
    }
    const title = document.title || `HTTP ${response.status} ${response.statusText}`.trim();
    const detail = document.detail || "";
    const list = (document.errors || []).filter((error) => !detail.includes(error.message)).slice(0, ERRORS_MAX)
      .map((error) => `\nevent ${error.index}, byte ${error.position}: ${error.message}`);
    return new Problem(method, response.status, title, detail + list.join(""), document);
  }

  // No answer: a read is tried again, of a write nobody knows.
  static ofSilence(method) {
    const title = "The server cannot be reached";
    return method === "GET" ? new Problem(method, 0, title, "the page keeps trying")
                            : new Problem(method, 0, title, "whether the request was carried out is unknown");
  }

  // Whether the same request may succeed a little later.
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

// Sends a request; gives the answer's text.
async function call(method, url, { body, type, signal } = {}) {
  const late = AbortSignal.timeout(REQUEST_MS);
  let response;
  let text;
  try {
    response = await fetch(url, {
      method, body, headers: type ? { "Content-Type": type } : {}, cache: "no-store",
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    showServer("down", "not reachable");
    throw Problem.ofSilence(method);
  }
  if (!response.ok) {
    const problem = Problem.from(method, response, text);
    if (problem.isPassing) showServer("down", `answers ${response.status}`);
    throw problem;
  }
  showServer("live", "serving");
  return text;
}

const callJson = async (...request) => JSON.parse(await call(...request));

// The pages of a list, to its end or until `most` are there: { items, isMore }.
async function readList(name, limit, most = Infinity) {
  const items = [];
  let after;
  do {
    const page = await callJson("GET", address([name], { limit, after }));
    items.push(...page[name]);
    after = page.next;
  } while (after && items.length < most);
  return { items, isMore: Boolean(after) };
}

async function isReady(signal) {
  try {
    await call("GET", address(["readyz"]), { signal });
    return true;
  } catch {
    return false;
  }
}

// ---- the same as a command ----

// A word of a shell; in quotes unless it plainly needs none.
const quoted = (text) => (/^[\w:/.,@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function curl(url, { method, body, accept } = {}) {
  const words = ["curl"];
  if (accept) words.push("-N", "-H", quoted(`Accept: ${accept}`));
  if (method) words.push("-X", method);
  words.push(quoted(url));
  if (body !== undefined) words.push("-H", quoted("Content-Type: application/json"), "--data-raw", quoted(body));
  return words.join(" ");
}
