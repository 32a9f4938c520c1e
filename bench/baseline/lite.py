"""Plain SQLite on the generated log, five indexes and FTS5: loads it, answers the eight questions.

    lite.py load LOG DATABASE
    lite.py ask DATABASE VALUES

Prints JSON lines: what the engine is, pragmas, SQL, and the figures. VALUES is JSON
(bench/src/question.rs). Rows lie in the order of time, so that the newest with a word are the last.
"""

import datetime
import json
import os
import sqlite3
import statistics
import sys
import time

FIELDS = (
    "level",
    "service",
    "kind",
    "email",
    "ip",
    "country",
    "user_agent",
    "trace_id",
    "message",
    "method",
    "duration_ms",
)
TABLE = "CREATE TABLE event (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, {})".format(
    ", ".join(name + (" INTEGER" if name == "duration_ms" else " TEXT") for name in FIELDS)
)
INDEXES = (
    "CREATE INDEX event_time ON event (time)",
    "CREATE INDEX event_kind ON event (kind, time)",
    "CREATE INDEX event_service ON event (service, kind, time)",
    "CREATE INDEX event_email ON event (email, time)",
    "CREATE INDEX event_ip ON event (ip, time)",
    "CREATE VIRTUAL TABLE words USING fts5 (message, content = 'event', content_rowid = 'id')",
    "INSERT INTO words (words) VALUES ('rebuild')",
)
PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA cache_size = -65536")
NEWEST = "SELECT * FROM event WHERE {} ORDER BY time DESC LIMIT :newest"
MATCH = (
    "SELECT * FROM event WHERE id IN (SELECT rowid FROM words WHERE words MATCH {}"
    " ORDER BY rowid DESC LIMIT :newest) ORDER BY id DESC"
)
# The histogram counts events, the others rows.
QUERIES = {
    "q1": NEWEST.format("kind = :kind AND service = :service AND time >= :since_30_days"),
    "q2": NEWEST.format("email = :account"),
    "q3": NEWEST.format("ip >= :network AND ip < :after_network"),
    "q4": MATCH.format(":rare"),
    "q5": MATCH.format(":words"),
    "q6": "SELECT time / 3600000000, level, count(*) FROM event WHERE time >= :since_90_days GROUP BY 1, 2",
    "q7": "SELECT email, count(*) FROM event WHERE kind = :kind AND time >= :since_90_days"
    " GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
    "q8": "SELECT ip, count(*) FROM event WHERE kind = :kind AND time >= :since_1_day"
    " GROUP BY 1 HAVING count(*) > :many",
}


def say(**fields):
    print(json.dumps(fields), flush=True)


def opened(path):
    connection = sqlite3.connect(path)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


def rows_of(log):
    begin = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    micro = datetime.timedelta(microseconds=1)
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            moment = datetime.datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00"))
            yield ((moment - begin) // micro, *(event[name] for name in FIELDS))


def load(log, path):
    began = time.perf_counter()
    connection = opened(path)
    connection.execute(TABLE)
    insert = "INSERT INTO event (time, {}) VALUES (?, {})".format(
        ", ".join(FIELDS), ", ".join("?" * len(FIELDS))
    )
    with connection:
        connection.executemany(insert, rows_of(log))
    for sql in INDEXES:
        with connection:
            connection.execute(sql)
    connection.execute("PRAGMA optimize = 0x10002")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    took = time.perf_counter() - began
    say(
        engine="SQLite",
        version=sqlite3.sqlite_version,
        pragmas=PRAGMAS,
        sql=[TABLE, insert, *INDEXES],
        load_seconds=round(took, 3),
        bytes=os.path.getsize(path),
    )


def values(given):
    bound = {name: given[name] for name in ("newest", "kind", "service", "account", "many", "rare")}
    for name in ("since_30_days", "since_90_days", "since_1_day"):
        bound[name] = given[name]["micros"]
    # "/" is the character after ".".
    bound["network"], bound["after_network"] = given["network"] + ".", given["network"] + "/"
    bound["words"] = " ".join(given["words"])
    return bound


def ask(path, given):
    bound = values(given)
    say(engine="SQLite", version=sqlite3.sqlite_version, pragmas=PRAGMAS)
    for name, sql in QUERIES.items():
        connection = opened(path)
        times = []
        for _ in range(6):
            began = time.perf_counter()
            rows = connection.execute(sql, bound).fetchall()
            times.append((time.perf_counter() - began) * 1000)
        connection.close()
        count = sum(row[2] for row in rows) if name == "q6" else len(rows)
        say(
            engine="SQLite",
            query=name,
            sql=sql,
            first_ms=round(times[0], 3),
            warm_ms=round(statistics.median(times[1:]), 3),
            rows=count,
        )


if sys.argv[1] == "load":
    load(sys.argv[2], sys.argv[3])
else:
    ask(sys.argv[2], json.loads(sys.argv[3]))
