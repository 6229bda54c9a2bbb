"""Do Python's Kafka clients get along with the broker? Round trips, groups, idempotence, a killed consumer.

    python tests/kafka/python_clients.py 127.0.0.1:9092

Wants kafka-python 3, confluent-kafka and aiokafka; a client that is missing is named and skipped. Topics
and groups get a random ending, so that the script can run again on the same broker.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
import time
import uuid

RUN = uuid.uuid4().hex[:8]
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def lines(codec, count=200):
    return [f"{codec} line {at} of {RUN}" for at in range(count)]


def expect(what, got, wanted):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, expected {wanted!r}")


def confluent(server):
    from confluent_kafka import Consumer, Producer, TopicPartition
    from confluent_kafka.admin import AdminClient

    topic = f"confluent-{RUN}"
    wanted = []
    for codec in CODECS:
        producer = Producer({"bootstrap.servers": server, "compression.type": codec, "enable.idempotence": True})
        for line in lines(codec):
            wanted.append(line)
            producer.produce(topic, line.encode(), key=b"k")
        expect("left unsent", producer.flush(20), 0)
    for assignor in ["range", "roundrobin", "cooperative-sticky"]:
        consumer = Consumer({
            "bootstrap.servers": server, "group.id": f"{assignor}-{RUN}", "auto.offset.reset": "earliest",
            "partition.assignment.strategy": assignor, "enable.auto.commit": False,
        })
        consumer.subscribe([topic])
        got, deadline = [], time.time() + 20
        while len(got) < len(wanted) and time.time() < deadline:
            message = consumer.poll(0.5)
            if message is not None and not message.error():
                got.append(message.value().decode())
        expect(f"{assignor} consumed", sorted(got), sorted(wanted))
        consumer.commit(asynchronous=False)
        committed = consumer.committed([TopicPartition(topic, of.partition) for of in consumer.assignment()])
        expect(f"{assignor} committed", sum(max(of.offset, 0) for of in committed), len(wanted))
        consumer.close()
    admin = AdminClient({"bootstrap.servers": server})
    listed = admin.list_consumer_groups().result()
    names = [group.group_id for group in listed.valid]
    expect("group listed", (f"range-{RUN}" in names, listed.errors), (True, []))


def kafka_python(server):
    from kafka import KafkaConsumer, KafkaProducer

    topic = f"kafka-python-{RUN}"
    wanted = []
    for codec in CODECS:
        producer = KafkaProducer(bootstrap_servers=server, compression_type=None if codec == "none" else codec)
        futures = [producer.send(topic, line.encode()) for line in lines(codec)]
        wanted.extend(lines(codec))
        for future in futures:
            future.get(20)
        producer.close()
    consumer = KafkaConsumer(
        topic, bootstrap_servers=server, group_id=f"kafka-python-{RUN}", auto_offset_reset="earliest",
        consumer_timeout_ms=3000,
    )
    expect("consumed", sorted(message.value.decode() for message in consumer), sorted(wanted))
    consumer.close()


def aio(server):
    import aiokafka

    async def run():
        topic = f"aiokafka-{RUN}"
        wanted = []
        for codec in CODECS:
            producer = aiokafka.AIOKafkaProducer(
                bootstrap_servers=server, compression_type=None if codec == "none" else codec, enable_idempotence=True
            )
            await producer.start()
            for line in lines(codec):
                wanted.append(line)
                await producer.send(topic, line.encode())
            await producer.stop()
        consumer = aiokafka.AIOKafkaConsumer(
            topic, bootstrap_servers=server, group_id=f"aiokafka-{RUN}", auto_offset_reset="earliest"
        )
        await consumer.start()
        got = []
        while len(got) < len(wanted):
            message = await asyncio.wait_for(consumer.getone(), 20)
            got.append(message.value.decode())
        expect("consumed", sorted(got), sorted(wanted))
        await consumer.stop()

    asyncio.run(run())


def work(server, topic, group, seen, session_ms):
    from confluent_kafka import Consumer

    consumer = Consumer({
        "bootstrap.servers": server, "group.id": group, "auto.offset.reset": "earliest",
        "session.timeout.ms": session_ms, "heartbeat.interval.ms": max(session_ms // 5, 100),
    })
    consumer.subscribe([topic])
    while True:
        message = consumer.poll(0.2)
        if message is not None and not message.error():
            seen.put((os.getpid(), message.partition(), message.value().decode(), time.time()))


def killed_consumer(server):
    """Two consumers share the partitions; one is killed, and the other takes everything over."""
    from confluent_kafka import Producer

    topic, group, session_ms = f"killed-{RUN}", f"killed-{RUN}", 1000
    producer = Producer({"bootstrap.servers": server, "partitioner": "random", "sticky.partitioning.linger.ms": 0})

    def send(first, last):
        for at in range(first, last):
            producer.produce(topic, str(at).encode())
            producer.poll(0)
        expect("left unsent", producer.flush(20), 0)

    send(0, 100)
    seen = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(target=work, args=(server, topic, group, seen, session_ms), daemon=True)
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    deadline, sent, owners = time.time() + 30, 100, {}
    # Both work when the newest record of each partition comes from another consumer.
    while len(set(owners.values())) < 2 and time.time() < deadline:
        send(sent, sent + 20)
        sent += 20
        time.sleep(0.5)
        while not seen.empty():
            pid, partition, _, _ = seen.get()
            owners[partition] = pid
    expect("consumers at work", len(set(owners.values())), 2)
    killed_at = time.time()
    os.kill(workers[0].pid, signal.SIGKILL)
    send(sent, sent + 200)
    got, taken_over = set(), killed_at
    while len(got) < 200 and time.time() < killed_at + 20:
        try:
            pid, _, value, at = seen.get(timeout=1)
        except Exception:
            continue
        if pid == workers[1].pid and int(value) >= sent:
            got.add(int(value))
            taken_over = at
    workers[1].kill()
    expect("records after the kill", len(got), 200)
    print(f"    taken over {taken_over - killed_at:.2f} s after the kill (session timeout {session_ms} ms)")


def main():
    server = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092"
    passed, failed, skipped = 0, 0, 0
    for check in [confluent, kafka_python, aio, killed_consumer]:
        begun = time.time()
        try:
            check(server)
        except ImportError as error:
            skipped += 1
            print(f"skipped {check.__name__}: {error}")
        except Exception as error:  # A client's failure is this script's finding.
            failed += 1
            print(f"FAILED {check.__name__}: {type(error).__name__}: {str(error)[:600]}")
        else:
            passed += 1
            print(f"ok {check.__name__} ({time.time() - begun:.1f} s)")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
