"""One engine that stays loaded and warm: a JSON object a line comes in, one goes out.

`chdb DIR` keeps a ClickHouse table in DIR. `duckdb LIST` reads the Parquet files that LIST names, one a line.
Requests: {"do": "load", "file": ...} and {"do": "ask", "sql": ...}; answers hold what it took.
"""

import json
import os
import sys
import time


class Clickhouse:
    """A MergeTree table, in the order of time, as a user of ClickHouse would make one for logs."""

    SETTINGS = f"SETTINGS use_query_condition_cache = 0, max_threads = {os.cpu_count()}"
    COLUMNS = """
        time DateTime64(6, 'UTC'), level LowCardinality(String), service LowCardinality(String),
        host LowCardinality(String), version LowCardinality(String), thread LowCardinality(String),
        message String, trace_id String, `http.status` Nullable(UInt16),
        `http.path` LowCardinality(Nullable(String)), bytes Nullable(UInt64),
        duration_ms Nullable(Float64), user_id Nullable(UInt64), region LowCardinality(String)"""

    def __init__(self, folder):
        import chdb
        from chdb.session import Session

        self.session = Session(folder)
        self.version = f"chdb {chdb.__version__}, ClickHouse {self.session.query('SELECT version()', 'TSV').bytes().decode().strip()}"
        self.session.query("CREATE DATABASE IF NOT EXISTS peers ENGINE = Atomic")
        self.session.query(
            f"CREATE TABLE IF NOT EXISTS peers.bench ({self.COLUMNS},"
            " INDEX by_trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1)"
            " ENGINE = MergeTree ORDER BY time"
        )

    def load(self, file):
        names = self.COLUMNS.replace("time DateTime64(6, 'UTC')", "`@timestamp` DateTime64(6, 'UTC')", 1)
        path, names = file.replace("'", "''"), names.replace("'", "''")
        self.session.query(
            "INSERT INTO peers.bench SELECT `@timestamp` AS time, * EXCEPT(`@timestamp`)"
            f" FROM file('{path}', 'JSONEachRow', '{names}')"
            f" SETTINGS date_time_input_format = 'best_effort', max_threads = {os.cpu_count()}"
        )

    def size(self):
        sql = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'peers'"
        return int(self.session.query(sql, "TSV").bytes().decode().strip() or 0)

    def ask(self, sql):
        settings = self.SETTINGS if sql.startswith("SELECT") else ""
        answer = self.session.query(f"{sql} {settings}", "JSONEachRow").bytes()
        return [line for line in answer.split(b"\n") if line]

    def first(self, rows):
        return json.loads(rows[0]) if rows else None


class Duckdb:
    """girok's own parts, read as the plain Parquet files that they are."""

    def __init__(self, list_file):
        import duckdb

        self.version = f"duckdb {duckdb.__version__}"
        with open(list_file, encoding="utf-8") as names:
            self.files = names.read().splitlines()
        self.database = duckdb.connect()
        # It would draw over the answers.
        self.database.execute("SET enable_progress_bar = false")
        self.database.execute(f"SET threads = {os.cpu_count()}")
        self.database.execute("SET TimeZone = 'UTC'")
        files = ", ".join("'" + file.replace("'", "''") + "'" for file in self.files)
        self.database.execute(
            f"CREATE VIEW bench AS SELECT * FROM read_parquet([{files}], union_by_name = true)"
        )

    def size(self):
        return sum(os.path.getsize(file) for file in self.files)

    def ask(self, sql):
        return self.database.execute(sql).fetchall()

    def first(self, rows):
        names = [column[0] for column in self.database.description]
        return dict(zip(names, rows[0])) if rows else None


def measured(work):
    wall, cpu = time.monotonic(), time.process_time()
    result = work()
    return result, {"seconds": time.monotonic() - wall, "cpu_seconds": time.process_time() - cpu}


def answer(engine, request):
    if request["do"] == "load":
        _, took = measured(lambda: engine.load(request["file"]))
        return took
    if request["do"] == "size":
        return {"bytes": engine.size()}
    rows, took = measured(lambda: engine.ask(request["sql"]))
    return {**took, "rows": len(rows), "first": engine.first(rows)}


def main():
    kind, data = sys.argv[1:]
    try:
        engine = {"chdb": Clickhouse, "duckdb": Duckdb}[kind](data)
    except ImportError as error:
        print(json.dumps({"error": f"{error}"}), flush=True)
        return
    print(json.dumps({"version": engine.version}), flush=True)
    for line in sys.stdin:
        try:
            reply = answer(engine, json.loads(line))
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply, default=str), flush=True)


main()
