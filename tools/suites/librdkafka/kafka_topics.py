"""kafka-topics.sh as far as librdkafka's tests call it: that of Kafka 4 refuses small segments itself (test 0077),
before it asks the broker, and each call costs a JVM."""

import argparse

from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic


def arguments():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for verb in ("--create", "--alter", "--delete"):
        parser.add_argument(verb, action="store_true")
    parser.add_argument("--if-not-exists", action="store_true")
    parser.add_argument("--bootstrap-server", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--replication-factor", type=int, default=1)
    parser.add_argument("--config", action="append", default=[])
    return parser.parse_args()


def main():
    asked = arguments()
    admin = AdminClient({"bootstrap.servers": asked.bootstrap_server})
    if asked.create:
        config = dict(pair.split("=", 1) for pair in asked.config)
        topic = NewTopic(asked.topic, asked.partitions, asked.replication_factor, config=config)
        answers = admin.create_topics([topic])
    elif asked.delete:
        answers = admin.delete_topics([asked.topic])
    else:
        answers = admin.create_partitions([NewPartitions(asked.topic, asked.partitions)])
    for answer in answers.values():
        answer.result(60)


if __name__ == "__main__":
    main()
