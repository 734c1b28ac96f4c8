// A slot for a stream. A browser opens six connections to an HTTP/1.1 origin, for all tabs together: with six
// streams nothing else would get through, not even the page itself in a seventh tab. So the tabs share four slots,
// and a tab without one polls instead. A slot is a lease in localStorage (Web Locks do not exist on plain
// http:// under another name): renewed while it is held, free again when it runs out, as it does when a tab is gone.
"use strict";

const SLOTS = 4;
const LEASE_MS = 10000;
const RENEW_MS = 3000;
const CLAIM_MS = 150; // after that, a write of another tab at the same moment is seen

class StreamSlot {
  #owner = Math.random().toString(36).slice(2);
  #name = null;
  #timer = 0;

  // Whether there was a free slot. `onLost` is called when another tab has it (this one was asleep for too long).
  async take(onLost) {
    try {
      for (let number = 0; number < SLOTS; number++) {
        const name = `tailrace-stream-${number}`;
        if (!this.#isFree(name)) continue;
        this.#write(name);
        await new Promise((resolve) => setTimeout(resolve, CLAIM_MS));
        if (!this.#isMine(name)) continue;
        this.#name = name;
        this.#timer = setInterval(() => (this.#isMine(name) ? this.#write(name) : onLost()), RENEW_MS);
        return true;
      }
    } catch {
      // No storage for this page: it does without a stream.
    }
    return false;
  }

  release() {
    clearInterval(this.#timer);
    if (this.#name !== null && this.#isMine(this.#name)) localStorage.removeItem(this.#name);
    this.#name = null;
  }

  #read(name) {
    const [owner, until] = (localStorage.getItem(name) || "").split(" ");
    return { owner, until: Number(until) };
  }

  #write(name) {
    localStorage.setItem(name, `${this.#owner} ${Date.now() + LEASE_MS}`);
  }

  #isMine(name) {
    return this.#read(name).owner === this.#owner;
  }

  // A lease that ends too late was made before the clock was set back.
  #isFree(name) {
    const { until } = this.#read(name);
    return !(until > Date.now() && until <= Date.now() + LEASE_MS);
  }
}
