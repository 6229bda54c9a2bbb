"""Prints what readers that know nothing of girok see in a part; exit code 77 where there is none."""

import sys

path = sys.argv[1]
readers = []


def with_pyarrow():
    import pyarrow.parquet as parquet

    table = parquet.read_table(path)
    keys = parquet.read_metadata(path).metadata
    assert b"girok.index" in keys and b"girok.part" in keys, keys
    return table.num_rows, table.column("message").to_pylist(), table.column("n").to_pylist()


def with_duckdb():
    import duckdb

    rows = duckdb.sql(f"SELECT message, n FROM read_parquet('{path}') ORDER BY _offset").fetchall()
    return len(rows), [row[0] for row in rows], [row[1] for row in rows]


for reader in (with_pyarrow, with_duckdb):
    try:
        readers.append((reader.__name__, reader()))
    except ImportError:
        pass
if not readers:
    sys.exit(77)
for name, (rows, messages, numbers) in readers:
    print(name, rows, messages, numbers)
