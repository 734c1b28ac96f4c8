// The list of topics, and what there is to see and do of one: partitions, settings, sending, creating, deleting.
"use strict";

const LIST_LIMIT = 1000;
const SOON_MS = 300; // after an event of a topic that is not in the list

let topics = [];      // descriptions, in the order of their names
let areTopicsKnown = false;
let soon = 0;

const numbers = new Intl.NumberFormat("en");
const eventCount = (topic) => topic.partitions.reduce((sum, p) => sum + (p.next_offset - p.first_offset), 0);
const isKnownTopic = (name) => topics.some((topic) => topic.name === name);

const readTopics = async () => (await readList("topics", LIST_LIMIT)).items;

async function loadTopics() {
  topics = await readTopics();
  areTopicsKnown = true;
  drawTopics();
  onTopics();
}

function loadTopicsSoon() {
  clearTimeout(soon);
  soon = setTimeout(() => loadTopics().catch(() => {}), SOON_MS);
}

// ---- the list ----

function listItem(href, text, count, isCurrent) {
  const link = make("a", "", make("span", "", text), make("span", "count", count));
  link.href = href;
  link.title = text;
  if (isCurrent) link.setAttribute("aria-current", "page");
  return make("li", "", link);
}

function drawTopics() {
  const focused = document.activeElement?.getAttribute("href");
  const wanted = $("filter").value.toLowerCase();
  const matching = topics.filter((topic) => topic.name.toLowerCase().includes(wanted));
  const all = listItem("#", "All topics", numbers.format(topics.reduce((sum, topic) => sum + eventCount(topic), 0)),
                       route.view === "events" && route.topic === null);
  $("topics").replaceChildren(all, ...matching.map((topic) => listItem(
    topicHash(topic.name), topic.name, numbers.format(eventCount(topic)), topic.name === route.topic)));
  $("no-topics").hidden = !areTopicsKnown || matching.length > 0;
  $("no-topics").textContent = topics.length > 0 ? "No topic has that in its name." : "There are no topics yet.";
  if (focused) $("topics").querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
}

// ---- one topic ----

function cells(row, className, ...texts) {
  row.append(...texts.map((text) => make("td", className, String(text))));
  return row;
}

function settingText(name, value) {
  if (value === null) return name.startsWith("retention") ? "no limit" : "none";
  if (name.endsWith("_ms") && value > 0) return `${numbers.format(value)} (${value / 3600000} h)`;
  return typeof value === "number" ? numbers.format(value) : String(value);
}

function drawTopic(topic) {
  const count = eventCount(topic);
  $("about").textContent = `${numbers.format(count)} ${count === 1 ? "event" : "events"}, ` +
    `${topic.partitions.length} ${topic.partitions.length === 1 ? "partition" : "partitions"}`;
  $("partitions").replaceChildren(...topic.partitions.map((one) => cells(
    make("tr"), "", one.partition, numbers.format(one.first_offset), numbers.format(one.next_offset),
    one.bytes === null ? "unknown" : numbers.format(one.bytes))));
  const settings = Object.entries(topic.settings).map(([name, value]) => [name, settingText(name, value)]);
  $("settings").replaceChildren(factList([
    ...settings, ["id", topic.id], ["created_at", new Date(topic.created_at).toISOString()],
    ["capabilities", topic.capabilities.join(", ")],
  ]));
  const wanted = $("start-partition");
  if (wanted.options.length !== topic.partitions.length + 1) {
    const chosen = wanted.value || route.partition;
    wanted.replaceChildren(new Option("all", ""), ...topic.partitions.map((one) => new Option(one.partition)));
    wanted.value = chosen;
  }
}

async function refreshTopic() {
  const name = route.topic;
  if (route.view !== "events" || name === null) return;
  const topic = await callJson("GET", address(["topics", name]));
  if (topic.name !== route.topic) return; // another was chosen meanwhile
  drawTopic(topic);
  const known = topics.findIndex((other) => other.name === name);
  if (known >= 0 && eventCount(topics[known]) !== eventCount(topic)) {
    topics[known] = topic;
    drawTopics();
  }
}

// ---- what people do ----

$("filter").addEventListener("input", drawTopics);

$("browse-body").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (event.target !== $("filter") && !event.target.closest("#topics")) return;
  const links = [...$("topics").querySelectorAll("a")];
  const next = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  links[Math.max(0, Math.min(next, links.length - 1))]?.focus();
  event.preventDefault();
});

$("create").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = $("create-name").value.trim();
  attempt(async () => {
    const settings = JSON.stringify({ partitions: Number($("create-partitions").value) });
    await call("PUT", address(["topics", name]), { body: settings, type: "application/json" });
    await loadTopics();
    $("create").reset();
    $("create-box").open = false;
    go(topicHash(name));
    $("name").focus();
  });
});

function sendRequest() {
  const key = $("send-key").value;
  return [address(["topics", route.topic, "events"], { key }), $("send-value").value];
}

$("send").addEventListener("submit", (event) => {
  event.preventDefault();
  const [url, body] = sendRequest();
  $("sent").hidden = true;
  attempt(async () => {
    const answer = await callJson("POST", url, { body, type: "application/json" });
    const places = (answer.partitions || []).map((p) => `partition ${p.partition}, offset ${p.first_offset}`);
    $("sent").hidden = false;
    $("sent").textContent = `${answer.count} written (${answer.ack}): ${places.join("; ")}`;
    await refreshTopic();
  });
});

$("send-value").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("send").requestSubmit();
});

prepareCopy($("copy-send"), () => {
  const [url, body] = sendRequest();
  return curl(url, { body });
});

$("delete-open").addEventListener("click", () => {
  $("delete-which").textContent = route.topic;
  $("delete-name").value = "";
  $("delete-sure").disabled = true;
  $("delete").showModal();
});

$("delete-cancel").addEventListener("click", () => $("delete").close());

$("delete-name").addEventListener("input", () => {
  $("delete-sure").disabled = $("delete-name").value !== $("delete-which").textContent;
});

$("delete-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = $("delete-which").textContent;
  if ($("delete-name").value !== name) return;
  $("delete").close();
  attempt(async () => {
    await call("DELETE", address(["topics", name]));
    if (route.topic === name) go("#");
    await loadTopics();
  });
});
