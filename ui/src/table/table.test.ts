import { describe, expect, test } from "vitest";
import { extraOf, firstLayout, type Layout, moved, named, resized, template, toggled } from "./columns";
import { quoted, suggestions, withTerm } from "./query";
import { scrollTo, windowOf } from "./window";

describe("a term", () => {
  test("is added once", () => {
    expect(withTerm("", "service:sshd", false)).toBe("service:sshd");
    expect(withTerm("service:sshd", "source.ip:10.0.0.1", false)).toBe("service:sshd source.ip:10.0.0.1");
    expect(withTerm("service:sshd", "service:sshd", false)).toBe("service:sshd");
  });
  test("that is excluded replaces the same term included, and the other way round", () => {
    expect(withTerm("service:sshd kind:x", "service:sshd", true)).toBe("kind:x -service:sshd");
    expect(withTerm("-service:sshd", "service:sshd", false)).toBe("service:sshd");
  });
  test("with spaces inside quotes is one term", () => {
    expect(withTerm('actor.name:"ana lima"', 'actor.name:"ana lima"', true)).toBe('-actor.name:"ana lima"');
  });
  test("does not change what an OR means", () => {
    expect(withTerm("kind:a OR kind:b", "service:api", false)).toBe("(kind:a OR kind:b) service:api");
  });
});

test("a value is quoted where it is more than a plain word", () => {
  expect(quoted("sshd")).toBe("sshd");
  expect(quoted("ana@example.com")).toBe("ana@example.com");
  expect(quoted("ana lima")).toBe('"ana lima"');
  expect(quoted('a"b')).toBe('"a\\"b"');
  expect(quoted("::1")).toBe('"::1"');
});

describe("completion", () => {
  const fields = [
    { name: "source.ip", kind: "ip", values: [] },
    { name: "service", kind: "word", values: ["sshd", "api", "auth api"] },
    { name: "severity", kind: "severity", values: ["high", "low"] },
  ];
  const labels = (query: string) => suggestions(query, query.length, fields).map((one) => one.label);

  test("offers fields that begin so before fields that hold it", () => {
    expect(labels("se")).toEqual(["service:", "severity:"]);
    expect(labels("ip")).toEqual(["source.ip:"]);
  });
  test("offers the values of a field, quoted where needed", () => {
    expect(labels("x service:a")).toEqual(["service:api", 'service:"auth api"']);
    expect(suggestions("service:ss", 10, fields)[0]).toEqual({
      label: "service:sshd",
      query: "service:sshd ",
      caret: 13,
    });
    expect(labels("severity>=")).toEqual(["severity>=high", "severity>=low"]);
  });
  test("keeps the sign of an exclusion and what stands after the caret", () => {
    expect(suggestions("-serv kind:x", 5, fields)[0]).toEqual({
      label: "service:",
      query: "-service: kind:x",
      caret: 9,
    });
  });
  test("offers nothing inside quotes or within a word", () => {
    expect(labels('"se')).toEqual([]);
    expect(suggestions("service", 2, fields)).toEqual([]);
  });
});

describe("the window of rows", () => {
  test("draws what is seen and a little more", () => {
    const { first, last, top, height } = windowOf(2800, 280, 1000, 28);
    expect([first, last, top, height]).toEqual([92, 118, 92 * 28, 28_000]);
  });
  test("reaches the last of a million rows at every height", () => {
    for (const row of [28, 36]) {
      const { height } = windowOf(0, 700, 1_000_000, row);
      expect(height).toBeLessThan(33_000_000);
      expect(windowOf(height - 700, 700, 1_000_000, row).last).toBe(999_999);
    }
  });
  test("keeps rows in place where everything fits", () => {
    expect(windowOf(0, 500, 3, 28)).toEqual({ height: 84, first: 0, last: 2, top: 0 });
    expect(windowOf(0, 500, 0, 28).last).toBe(-1);
  });
  test("scrolls to a row only when it is not seen, and then shows it", () => {
    expect(scrollTo(3, 0, 280, 1000, 28)).toBeNull();
    const at = scrollTo(999_999, 0, 700, 1_000_000, 36);
    expect(windowOf(at ?? 0, 700, 1_000_000, 36).last).toBe(999_999);
  });
});

describe("columns", () => {
  const names = (layout: Layout) => layout.map((column) => column.name);
  const layout = named(["time", "kind", "details.device.name"], []);

  test("spare what does not fit at 1280", () => {
    expect(names(firstLayout(1280))).not.toContain("target");
    expect(names(firstLayout(1920))).toContain("target");
  });
  test("may be any field; rows are asked for those that they do not carry anyway", () => {
    expect(extraOf(layout)).toEqual(["details.device.name"]);
  });
  test("leave the rest to the message, and keep the widths that were set", () => {
    expect(template(resized(named(["time", "message"], []), "time", 150))).toBe(
      "32px 150px minmax(180px, 1fr)",
    );
    expect(resized(layout, "kind", 3)[1]?.width).toBe(48);
    expect(resized(resized(layout, "kind", 90), "kind", null)[1]?.width).toBeNull();
    expect(named(["kind"], resized(layout, "kind", 90))[0]?.width).toBe(90);
  });
  test("are added once, taken away, and never all of them", () => {
    expect(names(toggled(layout, "service"))).toEqual(["time", "kind", "details.device.name", "service"]);
    expect(names(toggled(layout, "kind"))).toEqual(["time", "details.device.name"]);
    expect(names(toggled(named(["time"], []), "time"))).toEqual(["time"]);
  });
  test("move, and stop at the ends", () => {
    expect(names(moved(layout, "kind", 0))).toEqual(["kind", "time", "details.device.name"]);
    expect(names(moved(layout, "kind", 99))).toEqual(["time", "details.device.name", "kind"]);
    expect(names(moved(layout, "kind", -1))).toEqual(["kind", "time", "details.device.name"]);
    expect(moved(layout, "nothing", 0)).toBe(layout);
  });
});
