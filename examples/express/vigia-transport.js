// A winston transport that sends log lines to a Vigia platform: in batches, again and again until they arrive.
//
// Copy this file beside your application; it needs winston-transport, which winston brings, and nothing else.
// A batch keeps its Idempotency-Key however often it is tried, so a broken connection neither loses nor doubles a
// line. `finish()` sends what is waiting; call it before the process ends.

import { randomUUID } from "node:crypto";
import Transport from "winston-transport";

const RETRIED = new Set([408, 425, 429, 500, 502, 503, 504]);
const MESSAGE = Symbol.for("message");

export class VigiaTransport extends Transport {
  constructor({ url, key, service, zone, format = "winston", maxLines = 500, maxMillis = 1000, maxWaiting = 10_000, ...rest }) {
    super(rest);
    const address = new URL("/v1/ingest/events", url);
    for (const [name, value] of Object.entries({ format, service, zone })) {
      if (value) address.searchParams.set(name, value);
    }
    Object.assign(this, { address, key, maxLines, maxMillis, maxWaiting });
    this.waiting = [];
    this.sending = Promise.resolve();
    this.deadline = Infinity;
  }

  // Called by winston with every record; its format has made the line.
  log(info, done) {
    if (this.waiting.length >= this.maxWaiting) {
      complain("a line was let go: the platform cannot be reached and the queue is full");
    } else {
      this.waiting.push(String(info[MESSAGE]).replaceAll("\n", "\\n"));
      if (this.waiting.length >= this.maxLines) this.flush();
      else this.timer ??= setTimeout(() => this.flush(), this.maxMillis);
    }
    done();
  }

  flush() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sending = this.sending.then(async () => {
      while (this.waiting.length > 0) await this.deliver(this.waiting.splice(0, this.maxLines));
    });
    return this.sending;
  }

  // winston waits for this when the logger ends.
  _final(done) {
    this.finish().then(() => done(), done);
  }

  async finish(seconds = 10) {
    this.deadline = Date.now() + seconds * 1000;
    await this.flush();
  }

  async deliver(batch) {
    const key = randomUUID();
    for (let pause = 500; ; pause = Math.min(pause * 2, 30_000)) {
      const verdict = await this.post(batch, key);
      if (verdict.done) return;
      if (verdict.tooLarge && batch.length > 1) {
        const half = batch.length >> 1;
        await this.deliver(batch.slice(0, half));
        return this.deliver(batch.slice(half));
      }
      if (verdict.refused) return complain(`${batch.length} lines were refused: ${verdict.refused}`);
      if (Date.now() > this.deadline) return complain(`${batch.length} lines could not be sent in time`);
      const wait = Math.max(verdict.after ?? 0, pause * (0.5 + Math.random()));
      await new Promise((go) => setTimeout(go, Math.min(wait, Math.max(this.deadline - Date.now(), 0))));
    }
  }

  async post(batch, idempotencyKey) {
    try {
      const answer = await fetch(this.address, {
        method: "POST",
        headers: { Authorization: `Bearer ${this.key}`, "Idempotency-Key": idempotencyKey, "Content-Type": "text/plain" },
        body: batch.join("\n"),
        signal: AbortSignal.timeout(30_000),
      });
      if (answer.ok) {
        for (const error of (await answer.json()).errors) complain(`a line was refused: ${error.code}, ${error.reason}`);
        return { done: true };
      }
      if (RETRIED.has(answer.status)) return { after: Number(answer.headers.get("Retry-After") ?? 0) * 1000 };
      if (answer.status === 413) return { tooLarge: true, refused: "413" };
      return { refused: `${answer.status} ${await answer.text()}` };
    } catch {
      return {};
    }
  }
}

function complain(text) {
  process.stderr.write(`vigia: ${text}\n`);
}
