"""Prints the rows that a reader which knows nothing of girok sees in a part, as JSON; exit code 77 where it is missing."""

import json
import sys

reader, path = sys.argv[1:]


def pyarrow_rows():
    import pyarrow
    import pyarrow.parquet as parquet

    keys = parquet.read_metadata(path).metadata
    assert b"girok.index" in keys and b"girok.part" in keys, keys
    table = parquet.read_table(path)
    names = ["_offset", "message", "n", "big", "f", "flag", "mixed"]
    times = table.column("_time").cast(pyarrow.timestamp("ns", "UTC")).cast("int64").to_pylist()
    columns = [table.column(name).to_pylist() for name in names]
    return [list(row) for row in zip(times, *columns)]


def duckdb_rows():
    import duckdb

    sql = f"""SELECT epoch_ns(_time), _offset, message, n, big, f, flag, mixed
              FROM read_parquet('{path}') ORDER BY _offset"""
    return [list(row) for row in duckdb.sql(sql).fetchall()]


def chdb_rows():
    import chdb

    sql = f"""SELECT toUnixTimestamp64Nano(_time), _offset, message, n, big, f, flag, mixed
              FROM file('{path}', Parquet) ORDER BY _offset
              SETTINGS output_format_json_quote_64bit_integers = 0"""
    lines = chdb.query(sql, "JSONCompactEachRow").bytes().splitlines()
    return [json.loads(line) for line in lines]


try:
    rows = {"pyarrow": pyarrow_rows, "duckdb": duckdb_rows, "chdb": chdb_rows}[reader]()
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)
print(json.dumps(rows, ensure_ascii=False))
