"""How do groups behave under load? One partition to one consumer, take-over from a killed one, members coming and going.

    python tests/kafka/groups.py 127.0.0.1:9092                      # any broker
    python tests/kafka/groups.py 127.0.0.1:9092 127.0.0.1:7400       # girok: also a client in its group `store`

Wants confluent-kafka and kafka-python, and a broker that makes topics of four partitions. Consumers are processes of their own, killed with SIGKILL. Each scenario runs
with librdkafka's classic and consumer protocol and with kafka-python, and prints what it measured. Topics and groups
get a random ending, so that the script can run again on the same broker.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import uuid

RUN = uuid.uuid4().hex[:8]
PARTITIONS = 4
CLIENTS = ["librdkafka classic", "librdkafka consumer", "kafka-python"]
TAKEOVER_SECONDS_MAX = 2.0


# --- one consumer, in a process of its own: prints a line a record, and one for each change


def librdkafka_consumer(server, group, topic, protocol):
    from confluent_kafka import Consumer

    settings = {
        "bootstrap.servers": server, "group.id": group, "auto.offset.reset": "earliest",
        "enable.auto.commit": False, "group.protocol": protocol, "fetch.wait.max.ms": 50,
    }
    if protocol == "classic":
        settings |= {"heartbeat.interval.ms": 500, "partition.assignment.strategy": "cooperative-sticky"}
    consumer = Consumer(settings)
    consumer.subscribe([topic])

    def poll():
        messages = consumer.consume(500, 0.05)
        return [(of.partition(), of.offset(), of.value()) for of in messages if not of.error()]

    def commit():
        consumer.commit(asynchronous=False)

    return poll, commit, lambda: [of.partition for of in consumer.assignment()], consumer.close


def kafka_python_consumer(server, group, topic):
    from kafka import KafkaConsumer

    consumer = KafkaConsumer(
        topic, bootstrap_servers=server, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False,
        heartbeat_interval_ms=500, fetch_max_wait_ms=50,
    )

    def poll():
        polled = consumer.poll(timeout_ms=50, max_records=500)
        return [(of.partition, of.offset, of.value) for records in polled.values() for of in records]

    return poll, consumer.commit, lambda: [of.partition for of in consumer.assignment()], consumer.close


def consume(client, server, group, topic):
    """Says what it owns, what it read, and when that is committed, until its input ends."""
    if client == "kafka-python":
        poll, commit, owned, close = kafka_python_consumer(server, group, topic)
    else:
        poll, commit, owned, close = librdkafka_consumer(server, group, topic, client.split()[1])
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    had = None
    while not stop.is_set():
        records = poll()
        has = sorted(owned())
        if has != had:
            print(json.dumps({"owned": has}), flush=True)
            had = has
        if records:
            print(json.dumps({"read": [[of[0], of[1], of[2].decode()] for of in records]}), flush=True)
            try:
                commit()
            except Exception as error:  # The group goes on without us: others will read these again.
                print(json.dumps({"refused": str(error)}), flush=True)
                continue
            print(json.dumps({"committed": [[of[0], of[1]] for of in records]}), flush=True)
    close()


class Member:
    """A consumer's process, and what it said."""

    def __init__(self, client, server, group, topic):
        arguments = [sys.executable, __file__, "--consume", client, server, group, topic]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.owned, self.read, self.committed = [], [], []
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()

    def listen(self):
        for line in self.process.stdout:
            said = json.loads(line)
            self.owned = said.get("owned", self.owned)
            self.read.extend((time.time(), *record) for record in said.get("read", []))
            self.committed.extend(tuple(record) for record in said.get("committed", []))

    def stop(self):
        self.process.stdin.close()
        self.thread.join(30)
        self.process.wait(30)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self.thread.join(10)


class Load:
    """Produces 500 numbered records a second until it is stopped."""

    def __init__(self, server, topic):
        from confluent_kafka import Producer

        self.producer = Producer({"bootstrap.servers": server, "enable.idempotence": True, "linger.ms": 5})
        self.topic, self.count, self.going = topic, 0, True
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while self.going:
            for _ in range(10):
                partition = self.count % PARTITIONS
                value = f"{self.topic} number {self.count} at {time.time():.6f}"
                self.producer.produce(self.topic, value.encode(), partition=partition)
                self.count += 1
            self.producer.poll(0)
            time.sleep(0.02)

    def stop(self):
        self.going = False
        self.thread.join()
        assert self.producer.flush(20) == 0, "records were not sent"


def create_topic(server, topic):
    """Asks for the topic, so that the broker makes it."""
    from confluent_kafka import Producer

    found = Producer({"bootstrap.servers": server}).list_topics(topic, 20).topics[topic]
    assert len(found.partitions) == PARTITIONS, f"wants a broker with num.partitions={PARTITIONS}"


def wait_until(what, is_true, seconds=30):
    deadline = time.time() + seconds
    while not is_true():
        assert time.time() < deadline, f"waited {seconds} s: {what}"
        time.sleep(0.02)


def is_shared(members):
    """Whether every partition is one member's, evenly."""
    owned = sorted(partition for member in members for partition in member.owned)
    sizes = [len(member.owned) for member in members]
    return owned == list(range(PARTITIONS)) and max(sizes) - min(sizes) <= 1


def check_read(members, count, what):
    """Everything was read; how many records were committed by two."""
    offsets = [of for member in members for of in member.committed]
    values = {value.split(" at ")[0] for member in members for *_, value in member.read}
    assert len(values) == count, f"{what}: {count - len(values)} of {count} records are missing"
    return len(offsets) - len(set(offsets))


def all_read(members, count):
    return len({of[1:3] for member in members for of in list(member.read)}) >= count


# --- the scenarios


def share_and_take_over(client, server):
    """One partition to one consumer; one is killed, and its partition's records are read by others in time."""
    topic, group = f"takeover-{RUN}-{client.replace(' ', '-')}", f"takeover-{RUN}-{client}"
    create_topic(server, topic)
    load = Load(server, topic)
    members = [Member(client, server, group, topic) for _ in range(PARTITIONS)]
    try:
        wait_until("one partition to one consumer", lambda: is_shared(members), 60)
        wait_until("all of them read", lambda: all(member.read for member in members))
        time.sleep(1)
        victim = members[1]
        lost = set(victim.owned)
        victim.kill()
        killed = time.time()
        rest = [member for member in members if member is not victim]
        wait_until("its partitions are taken over", lambda: is_shared(rest))
        wait_until(
            "its records are read",
            lambda: any(of[1] in lost and of[0] > killed for member in rest for of in list(member.read)),
        )
        first = min(of[0] for member in rest for of in list(member.read) if of[1] in lost and of[0] > killed)
        time.sleep(1)
        load.stop()
        wait_until("everything is read", lambda: all_read(members, load.count))
    finally:
        load.going = False
        for member in members:
            if member.process.poll() is None:
                member.stop()
    twice = check_read(members, load.count, client)
    seconds = first - killed
    print(f"{client}: taken over in {seconds:.2f} s; {load.count} records, 0 missing, {twice} committed twice")
    assert seconds < TAKEOVER_SECONDS_MAX, f"{client}: took {seconds:.2f} s"
    assert twice == 0, f"{client}: {twice} records were committed by two"


def come_and_go(client, server):
    """Members join and leave for 15 seconds; nothing is missing, nothing committed is read again."""
    topic, group = f"churn-{RUN}-{client.replace(' ', '-')}", f"churn-{RUN}-{client}"
    create_topic(server, topic)
    load = Load(server, topic)
    here, gone, changes = [Member(client, server, group, topic)], [], 0
    dice = random.Random(7)
    try:
        until = time.time() + 15
        while time.time() < until:
            if len(here) < 2 or (len(here) < 5 and dice.random() < 0.5):
                here.append(Member(client, server, group, topic))
            else:
                member = here.pop(dice.randrange(len(here)))
                member.stop()
                gone.append(member)
            changes += 1
            time.sleep(dice.uniform(0.5, 1.5))
        wait_until("the partitions are shared out", lambda: is_shared(here), 60)
        load.stop()
        wait_until("everything is read", lambda: all_read(here + gone, load.count))
    finally:
        load.going = False
        for member in here:
            member.stop()
    twice = check_read(here + gone, load.count, client)
    print(f"{client}: {changes} joined or left; {load.count} records, 0 missing, {twice} committed twice")


def stranger_in_store(client, server, http):
    """A client joins girok's own group `store`, takes its share and is killed: everything is stored, once."""
    topic = f"stranger-{RUN}-{client.replace(' ', '-')}"
    create_topic(server, topic)
    load = Load(server, topic)
    stranger = Member(client, server, "store", topic)
    try:
        wait_until("it gets a share of the partitions", lambda: stranger.owned and stranger.read, 60)
        share = len(stranger.owned)
        time.sleep(1)
        stranger.kill()
        killed = time.time()
        time.sleep(2)
        load.stop()
        wait_until("everything is stored", lambda: stored(http, topic) >= load.count)
        seconds = time.time() - killed
    finally:
        load.going = False
        if stranger.process.poll() is None:
            stranger.kill()
    time.sleep(1)
    count = stored(http, topic)
    print(f"{client} in `store`: had {share} of {PARTITIONS}, killed; {load.count} records, {count} stored")
    assert count == load.count, f"{client}: {count} rows are stored of {load.count} records"
    assert seconds < 30


def stored(http, topic):
    question = urllib.parse.urlencode({"query": "* | stats count()", "dataset": topic})
    try:
        with urllib.request.urlopen(f"http://{http}/api/v1/query?{question}", timeout=20) as answer:
            rows = [json.loads(line) for line in answer if line.strip()]
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read().decode()) from error
    return int(rows[0]["count"]) if rows else 0


def main():
    server, http = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    scenarios = [share_and_take_over, come_and_go]
    failed = 0
    for client in os.environ.get("CLIENTS", ",".join(CLIENTS)).split(","):
        todo = [(scenario.__name__, lambda scenario=scenario: scenario(client, server)) for scenario in scenarios]
        if http:
            todo.append(("stranger_in_store", lambda: stranger_in_store(client, server, http)))
        for name, scenario in todo:
            try:
                scenario()
            except AssertionError as error:
                failed += 1
                print(f"FAILED {name}: {error}")
    print(f"{len(CLIENTS)} clients, {failed} failures")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    if sys.argv[1] == "--consume":
        consume(*sys.argv[2:])
    else:
        main()
