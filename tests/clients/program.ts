// The types that openapi-typescript makes, as a program uses them: `tsc` accepts it, nothing runs it.

import type { components, operations } from "./tailrace";

type Schemas = components["schemas"];
type ReadQuery = NonNullable<operations["readTopicEvents"]["parameters"]["query"]>;

async function must<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json()) as Schemas["Problem"];
  const code: "topic_not_found" | Schemas["Problem"]["code"] = problem.code;
  throw new Error(`${code}: ${problem.detail}`);
}

export async function totals(url: string, cursor: string): Promise<number[]> {
  const query: ReadQuery = { cursor, limit: 3, wait_ms: 1000 };
  const text = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const page = await must<Schemas["Page"]>(await fetch(`${url}/topics/orders/events?${text.join("&")}`));
  const commit: Schemas["Commit"] = { cursor: page.next };
  await must<Schemas["CommitResult"]>(
    await fetch(`${url}/groups/billing/offsets`, { method: "POST", body: JSON.stringify(commit) }),
  );
  return page.events.map((event) => (event.value as { total: number }).total);
}

export function live(url: string, show: (event: Schemas["Event"]) => void, lost: (gap: Schemas["Gap"]) => void): void {
  const stream = new EventSource(`${url}/topics/orders/events`);
  stream.onmessage = (message: MessageEvent<string>) => show(JSON.parse(message.data) as Schemas["Event"]);
  stream.addEventListener("gap", (message) => lost(JSON.parse(message.data) as Schemas["Gap"]));
}
