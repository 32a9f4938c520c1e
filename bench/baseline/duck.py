"""DuckDB on the generated log: loads it, answers the eight questions.

    duck.py load LOG DATABASE
    duck.py ask DATABASE VALUES

Prints JSON lines: what the engine is, the SQL, and the figures. VALUES is JSON (bench/src/question.rs).
"""

import json
import os
import statistics
import sys
import time

import duckdb

COLUMNS = {
    "timestamp": "TIMESTAMP",
    "level": "VARCHAR",
    "service": "VARCHAR",
    "kind": "VARCHAR",
    "email": "VARCHAR",
    "ip": "VARCHAR",
    "country": "VARCHAR",
    "user_agent": "VARCHAR",
    "trace_id": "VARCHAR",
    "message": "VARCHAR",
    "method": "VARCHAR",
    "duration_ms": "INTEGER",
}
NEWEST = "SELECT * FROM event WHERE {} ORDER BY timestamp DESC LIMIT $newest"
# The histogram counts events, the others rows.
QUERIES = {
    "q1": NEWEST.format("kind = $kind AND service = $service AND timestamp >= $since_30_days"),
    "q2": NEWEST.format("email = $account"),
    "q3": NEWEST.format("ip LIKE $network"),
    "q4": NEWEST.format("message LIKE $rare"),
    "q5": NEWEST.format("message LIKE $word_1 AND message LIKE $word_2"),
    "q6": "SELECT date_trunc('hour', timestamp), level, count(*) FROM event"
    " WHERE timestamp >= $since_90_days GROUP BY 1, 2",
    "q7": "SELECT email, count(*) FROM event WHERE kind = $kind AND timestamp >= $since_90_days"
    " GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
    "q8": "SELECT ip, count(*) FROM event WHERE kind = $kind AND timestamp >= $since_1_day"
    " GROUP BY 1 HAVING count(*) > $many",
}


def say(**fields):
    print(json.dumps(fields), flush=True)


def opened(path):
    return duckdb.connect(path)


def load(log, path):
    sql = "CREATE TABLE event AS SELECT * FROM read_json('{}', format = 'newline_delimited', columns = {})"
    columns = "{" + ", ".join(f"{name}: '{kind}'" for name, kind in COLUMNS.items()) + "}"
    began = time.perf_counter()
    connection = opened(path)
    connection.execute(sql.format(log.replace("'", "''"), columns))
    connection.execute("CHECKPOINT")
    connection.close()
    took = time.perf_counter() - began
    say(
        engine="DuckDB",
        version=duckdb.__version__,
        sql=sql.format("<log>", columns),
        load_seconds=round(took, 3),
        bytes=os.path.getsize(path),
    )


def values(given):
    bound = {name: given[name] for name in ("newest", "kind", "service", "account", "many")}
    for name in ("since_30_days", "since_90_days", "since_1_day"):
        bound[name] = given[name]["text"]
    bound["network"] = given["network"] + ".%"
    bound["rare"] = f"%{given['rare']}%"
    bound["word_1"], bound["word_2"] = (f"%{word}%" for word in given["words"])
    return bound


def ask(path, given):
    bound = values(given)
    connection = opened(path)
    settings = {
        name: connection.execute(f"SELECT current_setting('{name}')").fetchone()[0]
        for name in ("threads", "memory_limit")
    }
    connection.close()
    say(engine="DuckDB", version=duckdb.__version__, settings=settings)
    for name, sql in QUERIES.items():
        # An engine may refuse values that a statement does not name.
        mine = {key: value for key, value in bound.items() if f"${key}" in sql}
        connection = opened(path)
        times = []
        for _ in range(6):
            began = time.perf_counter()
            rows = connection.execute(sql, mine).fetchall()
            times.append((time.perf_counter() - began) * 1000)
        connection.close()
        count = sum(row[2] for row in rows) if name == "q6" else len(rows)
        say(
            engine="DuckDB",
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
