"""Elasticsearch's own client against girok: says what it was told, as JSON.

Usage: elastic_client.py URL
"""

import json
import sys

import elasticsearch
from elasticsearch import Elasticsearch, helpers

CREATED, INDEXED = 1000, 500


def documents(operation, count):
    for number in range(count):
        yield {
            "_op_type": operation,
            "_index": f"py-{operation}",
            "_source": {
                "@timestamp": "2026-11-23T07:46:17.123Z",
                "number": number,
                "message": f"document {number} 안녕",
                "nested": {"deep": True},
            },
        }


def main():
    client = Elasticsearch(sys.argv[1])
    created, errors = helpers.bulk(client, documents("create", CREATED))
    assert not errors, errors
    indexed, errors = helpers.bulk(client, documents("index", INDEXED), chunk_size=100)
    assert not errors, errors
    deletion = [{"_op_type": "delete", "_index": "py-index", "_id": "1"}]
    _, refused = helpers.bulk(client, deletion, raise_on_error=False)
    assert client.index(index="py-create", document={"message": "single document"})["result"] == "created"
    client.indices.refresh(index="py-create")
    said = {
        "client": ".".join(map(str, elasticsearch.__version__)),
        "version": client.info()["version"]["number"],
        "created": created,
        "indexed": indexed,
        "refused": len(refused),
    }
    json.dump(said, sys.stdout)


main()
