/**
 * The test host: the real console and a real platform behind loopback HTTP, one process a test that
 * needs its own world. Lines on its standard input act on that world (tests/ui/host.rs, world.rs).
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const binary =
  process.env.VIGIA_TESTHOST ?? new URL("../../target/debug/vigia-testhost", import.meta.url).pathname;
const dist = process.env.VIGIA_UI ?? new URL("../dist", import.meta.url).pathname;

/** What `--ready` signs in with. */
export const ADMIN = { email: "ana@example.com", password: "janela azul 42" };

export async function startHost(...flags) {
  const child = spawn(binary, ["--ui", dist, ...flags], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const line = async (what) => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the test host ended before it answered ${what}`);
    return value;
  };
  const url = await line("with its address");
  return {
    url,
    async tell(order) {
      child.stdin.write(`${order}\n`);
      const answer = await line(order);
      if (answer !== "done") throw new Error(`the test host answered ${order} with: ${answer}`);
    },
    /** An order that is answered by a line of JSON. */
    async ask(order) {
      child.stdin.write(`${order}\n`);
      return JSON.parse(await line(order));
    },
    async stop() {
      child.stdin.end();
      await gone;
    },
  };
}
