"""girok's broker and Apache Kafka side by side: same machine, same clients, in turns.

    kafka.py measure PART…           parts: start rdkafka java fsync latency
    kafka.py table                   what was measured, as Markdown
    kafka.py scale [girok|kafka]     throughput against partitions and consumers, as Markdown; girok unless said

Figures gather in $GIROK_CACHE/bench-kafka/figures.json, so that the parts can be run one by one; `scale` prints its own.
ROUNDS (3) runs of ROW_BYTES (600000000) each, of which the median counts; in each round both brokers have their turn, for
a machine is not as fast now as a minute ago. girok listens on PORT (9092), Kafka ten above. Wants the release
builds of `girok-broker --example serve` and `girok-log --example latency`, librdkafka's `rdkafka_performance` (`make suite-librdkafka` builds it),
Java and Maven for Kafka (tools/kafka) and Python's confluent-kafka.
"""

import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("GIROK_CACHE", pathlib.Path.home() / ".cache/girok"))
FIGURES = CACHE / "bench-kafka/figures.json"
PORT = int(os.environ.get("PORT", "9092"))
PARTITIONS = 2
ROUNDS = int(os.environ.get("ROUNDS", "3"))
# Reading takes a fraction of a second: each topic is read so often.
READS = 3
ROW_BYTES = int(os.environ.get("ROW_BYTES", "600000000"))
TICKS = os.sysconf("SC_CLK_TCK")


class Broker:
    """A running broker: how it is started and stopped is in the subclasses."""

    def __init__(self, fsync=False):
        self.folder = tempfile.mkdtemp(dir=os.environ.get("BENCH_DIR"))
        self.prepare(fsync)
        begun = time.perf_counter()
        self.launch(fsync)
        while not answers(self.port):
            if time.perf_counter() - begun > 60:
                sys.exit(f"the broker does not answer; its output is in {self.folder}")
            time.sleep(0.005)
        self.ready_seconds = time.perf_counter() - begun

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def cpu_seconds(self):
        """User and system time so far."""
        fields = open(f"/proc/{self.pid()}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mb(self):
        status = open(f"/proc/{self.pid()}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Girok(Broker):
    kind, port = "girok", PORT

    def prepare(self, fsync):
        pass

    def launch(self, fsync):
        target = os.environ.get("CARGO_TARGET_DIR", HERE / "target")
        durability = "fsync" if fsync else "interval"
        self.process = subprocess.Popen([
            f"{target}/release/examples/serve", self.address, f"{self.folder}/log", f"num.partitions={PARTITIONS}",
            f"durability={durability}",
        ])

    def pid(self):
        return self.process.pid

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)


class Kafka(Broker):
    """Started by tools/kafka, with segments as large as girok's."""

    kind, port = "kafka", PORT + 10

    def prepare(self, fsync):
        settings = f"num.partitions={PARTITIONS}\nlog.segment.bytes=134217728\nlog.segment.delete.delay.ms=1000\n"
        if fsync:
            settings += "log.flush.interval.messages=1\n"
        pathlib.Path(f"{self.folder}/extra").write_text(settings)
        # The first start formats the folder, which is not what is measured.
        self.tool("start")
        self.tool("stop")

    def tool(self, verb):
        subprocess.run([HERE / "tools/kafka/kafka.sh", verb, "1"], check=True, env=self.environment(),
                       stdout=subprocess.DEVNULL)

    def environment(self):
        return {**os.environ, "KAFKA_PORT": str(self.port), "KAFKA_DATA": f"{self.folder}/data",
                "KAFKA_EXTRA": f"{self.folder}/extra"}

    def launch(self, fsync):
        self.starting = subprocess.Popen([HERE / "tools/kafka/kafka.sh", "start", "1"], env=self.environment(),
                                         stdout=subprocess.DEVNULL)

    def pid(self):
        self.starting.wait()
        return int(pathlib.Path(f"{self.folder}/data/node-1/pid").read_text())

    def stop(self):
        self.tool("stop")


BROKERS = {"girok": Girok, "kafka": Kafka}


def jars():
    """Where tools/kafka keeps Kafka's jars. Its own scripts are for short tools: they compile little."""
    home = os.environ.get("KAFKA_HOME") or f"{os.environ.get('CARGO_TARGET_DIR', HERE / 'target')}/kafka"
    return f"{home}/lib"


def answers(port):
    """Whether a broker answers ApiVersions."""
    try:
        with socket.create_connection(("127.0.0.1", port), 0.5) as connection:
            connection.settimeout(2)
            connection.sendall(struct.pack(">ihhih", 10, 18, 0, 1, -1))
            return len(connection.recv(4)) == 4
    except OSError:
        return False


@contextlib.contextmanager
def fresh_topic(broker, partitions=PARTITIONS):
    """A topic of its own, deleted at the end."""
    from confluent_kafka.admin import AdminClient, NewTopic

    client = AdminClient({"bootstrap.servers": broker.address})  # Held: its answers end with it.
    topic = f"t{random.randrange(1 << 40)}"
    client.create_topics([NewTopic(topic, partitions, 1)])[topic].result(20)
    yield topic
    client.delete_topics([topic])[topic].result(20)


def lines(size, count=20000):
    """Access-log lines of about `size` bytes, alike but never the same; always the same ones."""
    chance = random.Random(size)
    agents = ["Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/141.0", "curl/8.14.1", "kube-probe/1.34",
              "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"]
    paths = ["/api/v1/orders", "/api/v1/users", "/healthz", "/static/app.js", "/search", "/api/v1/carts"]
    made = []
    for at in range(count):
        line = (
            f'{{"time":"2026-11-27T10:{at // 60 % 60:02}:{at % 60:02}.{chance.randrange(1000):03}Z","level":"info",'
            f'"client":"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(256)}",'
            f'"request":"GET {chance.choice(paths)}/{chance.randrange(100000)}","status":{chance.choice([200, 200, 200, 304, 404])},'
            f'"bytes":{chance.randrange(90000)},"agent":"{chance.choice(agents)}"'
        )
        while len(line) < size - 60:
            line += f',"trace.{len(line)}":"{chance.randrange(1 << 64):016x}","ms.{len(line)}":{chance.randrange(5000)}'
        line += "}"
        made.append(line[:size].ljust(size, " "))
    return made


class Metered:
    """The broker's CPU time and the wall time of a block."""

    def __init__(self, broker):
        self.broker = broker

    def __enter__(self):
        self.cpu, self.begun = self.broker.cpu_seconds(), time.perf_counter()
        return self

    def __exit__(self, *_):
        self.seconds = time.perf_counter() - self.begun
        self.cpu = self.broker.cpu_seconds() - self.cpu


def tool(name):
    found = sorted(CACHE.glob(f"librdkafka-*/examples/{name}"))
    if not found:
        sys.exit(f"{name} is not built: `make suite-librdkafka` does it")
    return str(found[-1])


def rdkafka_produce(broker, topic, size, count, acks, codec):
    """Seconds that rdkafka_performance says it took."""
    command = [
        tool("rdkafka_performance"), "-P", "-t", topic, "-b", broker.address, "-m", lines(size, 1)[0], "-s", str(size),
        "-c", str(count), "-a", str(acks), "-z", codec, "-q", "-X", "linger.ms=5", "-X", "batch.size=1000000",
        "-X", "queue.buffering.max.messages=500000",
    ]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120)
    text = told.stdout + told.stderr
    found = re.findall(r"(\d+) messages produced.*?(\d+) delivered.*?in (\d+)ms", text, re.S)
    if not found or int(found[-1][1]) != count:
        sys.exit(f"rdkafka_performance: {text[-600:]}")
    return int(found[-1][2]) / 1000


def rdkafka_consume(broker, topic, count):
    return consume_together(broker, topic, [(range(PARTITIONS), count)])


def consume_together(broker, topic, shares):
    """Seconds that the slowest of several consumers says it took; a share is partitions, and the messages in them."""
    commands = [[
        tool("rdkafka_performance"), "-C", "-t", topic, "-b", broker.address, "-o", "beginning", "-c", str(count), "-q",
        *[part for partition in partitions for part in ("-p", str(partition))],
        "-X", "fetch.message.max.bytes=1048576",
        # Its queue full, the client would else rest for a second, which is longer than the whole run.
        "-X", "fetch.queue.backoff.ms=10",
    ] for partitions, count in shares]
    consumers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                 for command in commands]
    seconds = []
    try:
        for consumer, (_, count) in zip(consumers, shares):
            text = consumer.communicate(timeout=120)[0]
            found = re.findall(r"(\d+) messages \((\d+) bytes\) consumed in (\d+)ms", text)
            if not found or int(found[-1][0]) < count:
                sys.exit(f"rdkafka_performance: {text[-600:]}")
            seconds.append(int(found[-1][2]) / 1000)
    finally:
        for consumer in consumers:
            consumer.kill()
    return max(seconds)


def figure(size, count, runs):
    """The median run, its spread, and the broker's CPU time a gigabyte."""
    seconds = sorted(run[0] for run in runs)
    gigabytes = size * count / 1e9
    return {
        "messages_per_second": count / statistics.median(seconds),
        "mb_per_second": gigabytes * 1000 / statistics.median(seconds),
        "spread": (seconds[-1] - seconds[0]) / statistics.median(seconds),
        "cpu_seconds_per_gb": statistics.median(run[1] for run in runs) / gigabytes,
    }


def in_turns(brokers):
    """Each broker once a round, the other one first the next time."""
    for at in range(ROUNDS):
        yield from brokers if at % 2 == 0 else reversed(brokers)


def metered(broker, run, *arguments):
    """Seconds, and the broker's CPU time, of one run."""
    with Metered(broker) as meter:
        seconds = run(broker, *arguments)
    return seconds, meter.cpu


def measure_rdkafka(brokers, note):
    for broker in brokers:
        with fresh_topic(broker) as topic:
            rdkafka_produce(broker, topic, 1024, 300_000, 1, "none")
            rdkafka_consume(broker, topic, 300_000)
    for size in (200, 1024):
        count = ROW_BYTES // size
        for codec in ("none", "lz4", "zstd"):
            for acks in (1, -1):
                produced, consumed = ({broker: [] for broker in brokers} for _ in range(2))
                for broker in in_turns(brokers):
                    with fresh_topic(broker) as topic:
                        produced[broker].append(metered(broker, rdkafka_produce, topic, size, count, acks, codec))
                        for _ in range(READS if acks == 1 else 0):
                            consumed[broker].append(metered(broker, rdkafka_consume, topic, count))
                name = "all" if acks == -1 else "1"
                for broker in brokers:
                    note(broker, f"rdkafka produce, {size} B, {codec}, acks={name}", figure(size, count, produced[broker]))
                for broker in brokers if acks == 1 else []:
                    note(broker, f"rdkafka consume, {size} B, {codec}", figure(size, count, consumed[broker]))
    for broker in brokers:
        note(broker, "resident MB after rdkafka", broker.resident_mb())


def java_produce(broker, payload, topic, count, acks, codec):
    command = [
        "java", "-Xmx512m", "-cp", f"{jars()}/*", "org.apache.kafka.tools.ProducerPerformance", "--topic", topic, "--num-records", str(count),
        "--payload-file", payload, "--throughput", "-1", "--producer-props", f"bootstrap.servers={broker.address}",
        f"acks={acks}", f"compression.type={codec}", "batch.size=131072", "linger.ms=5", "enable.idempotence=false",
    ]
    told = subprocess.run(command, capture_output=True, text=True, timeout=200)
    found = re.findall(r"(\d+) records sent, ([\d.]+) records/sec", told.stdout)
    if not found or int(found[-1][0]) != count:
        sys.exit(f"ProducerPerformance: {(told.stdout + told.stderr)[-600:]}")
    return count / float(found[-1][1])


def measure_java(brokers, note):
    for size in (200, 1024):
        count = ROW_BYTES // size // 2
        with tempfile.NamedTemporaryFile("w") as payload:
            payload.write("\n".join(lines(size)))
            payload.flush()
            for codec in ("none", "lz4", "zstd"):
                for acks in ("1", "all"):
                    produced = {broker: [] for broker in brokers}
                    for broker in in_turns(brokers):
                        with fresh_topic(broker) as topic:
                            produced[broker].append(metered(broker, java_produce, payload.name, topic, count, acks, codec))
                    for broker in brokers:
                        note(broker, f"Java produce, {size} B, {codec}, acks={acks}", figure(size, count, produced[broker]))
    for broker in brokers:
        note(broker, "resident MB after Java", broker.resident_mb())


def measure_fsync(brokers, note):
    """Every acknowledgement is synced: girok's `fsync`, Kafka's `flush.messages=1`."""
    count = ROW_BYTES // 1024 // 2
    for codec in ("none", "lz4"):
        produced = {broker: [] for broker in brokers}
        for broker in in_turns(brokers):
            with fresh_topic(broker) as topic:
                produced[broker].append(metered(broker, rdkafka_produce, topic, 1024, count, -1, codec))
        for broker in brokers:
            note(broker, f"rdkafka produce, 1024 B, {codec}, acks=all, synced", figure(1024, count, produced[broker]))


def measure_latency(note):
    """Open loop: 20 MB/s of 1 KB records, each stamped when it should be sent, not when it could be. Each broker alone."""
    rate, seconds = 20_000_000 // 1024, 30
    target = os.environ.get("CARGO_TARGET_DIR", HERE / "target")
    runs = {Kind: [] for Kind in BROKERS.values()}
    for Kind in in_turns(list(runs)):
        with Kind() as broker, fresh_topic(broker) as topic, Metered(broker) as meter:
            command = [f"{target}/release/examples/latency", broker.address, topic, str(PARTITIONS), "1024", str(rate), str(seconds)]
            told = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if told.returncode:
            sys.exit(f"the probe failed: {told.stderr}")
        runs[Kind].append((*map(float, told.stdout.split()), meter.cpu / (rate * seconds * 1024 / 1e9)))
    for Kind, all_runs in runs.items():
        p50, p99, p999, cpu = map(statistics.median, zip(*all_runs))
        note(Kind, "end to end at 20 MB/s", {"p50_ms": p50, "p99_ms": p99, "p999_ms": p999, "cpu_seconds_per_gb": cpu})


def measure_start(note):
    for Kind in BROKERS.values():
        starts = []
        for _ in range(ROUNDS):
            with Kind() as broker:
                starts.append(broker.ready_seconds)
                resident = broker.resident_mb()
        note(Kind, "ready, seconds", statistics.median(starts))
        note(Kind, "resident MB when ready", resident)


# Parts that start brokers as they need them, and parts that want both to run.
ALONE = {"start": measure_start, "latency": measure_latency}
TOGETHER = {"rdkafka": measure_rdkafka, "java": measure_java, "fsync": measure_fsync}


def measure(parts):
    figures = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    FIGURES.parent.mkdir(parents=True, exist_ok=True)

    def note(broker, name, value):
        figures.setdefault(name, {})[broker.kind] = value
        print(f"{broker.kind}: {name}: {value}", flush=True)
        FIGURES.write_text(json.dumps(figures, indent=1))

    for part in parts:
        if part in ALONE:
            ALONE[part](note)
        else:
            with contextlib.ExitStack() as stack:
                fsync = part == "fsync"
                TOGETHER[part]([stack.enter_context(Kind(fsync)) for Kind in BROKERS.values()], note)


def table():
    """Rates beside each other, then whatever has another unit."""
    figures = {name: row for name, row in json.loads(FIGURES.read_text()).items() if len(row) == 2}
    print("| | girok msg/s | MB/s | CPU s/GB | Kafka msg/s | MB/s | CPU s/GB | MB/s, girok : Kafka | CPU, girok : Kafka |")
    print("|---|---|---|---|---|---|---|---|---|")
    others = []
    for name, row in figures.items():
        if is_rate(row["girok"]):
            print(f"| {name} | " + " | ".join(rate_cells(row["girok"], row["kafka"])) + " |")
        elif isinstance(row["girok"], dict):
            others += [(f"{name}, {key}", row["girok"][key], row["kafka"][key]) for key in row["girok"]]
        else:
            others.append((name, row["girok"], row["kafka"]))
    print("\n| | girok | Kafka |\n|---|---|---|")
    for name, ours, theirs in others:
        print(f"| {name} | {ours:.2f} | {theirs:.2f} |")


SCALE_PARTITIONS = (1, 2, 4, 8)
SCALE_CONSUMERS = (1, 2, 4)
SCALE_BYTES = 1024


def messages_in(broker, topic, partitions):
    """How many messages each partition holds."""
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "scale"})
    try:
        marks = [consumer.get_watermark_offsets(TopicPartition(topic, at), 10) for at in range(partitions)]
    finally:
        consumer.close()
    return [end - start for start, end in marks]


def shares_of(consumers, held):
    """Partitions shared out evenly, as a group does it, each share with its messages."""
    shares = [range(len(held))[at::consumers] for at in range(consumers)]
    counted = [(share, sum(held[partition] for partition in share)) for share in shares]
    # Without a bound, rdkafka_performance reads on for ever.
    return [(share, count) for share, count in counted if count]


def scale_row(broker, partitions, count):
    """Seconds of each round, of producing and by the number of consumers."""
    produced, consumed = [], {consumers: [] for consumers in SCALE_CONSUMERS if consumers <= partitions}
    for _ in range(ROUNDS):
        with fresh_topic(broker, partitions) as topic:
            produced.append(rdkafka_produce(broker, topic, SCALE_BYTES, count, -1, "none"))
            held = messages_in(broker, topic, partitions)
            for consumers, seconds in consumed.items():
                seconds.append(consume_together(broker, topic, shares_of(consumers, held)))
    return produced, consumed


def scale(kind):
    """One producer of 1 KB messages, acks=all, no codec; then consumers that share the partitions out, each a process."""
    count = ROW_BYTES // SCALE_BYTES
    rate = lambda seconds: f"{count * SCALE_BYTES / 1e6 / statistics.median(seconds):,.0f}"
    print("| partitions | produce MB/s | " + " | ".join(f"consume MB/s, {n} at work" for n in SCALE_CONSUMERS) + " |")
    print("|---:" * (2 + len(SCALE_CONSUMERS)) + "|")
    with BROKERS[kind]() as broker:
        with fresh_topic(broker) as topic:
            rdkafka_produce(broker, topic, SCALE_BYTES, min(count, 300_000), -1, "none")
        for partitions in SCALE_PARTITIONS:
            produced, consumed = scale_row(broker, partitions, count)
            cells = [rate(consumed[n]) if n in consumed else "–" for n in SCALE_CONSUMERS]
            print(f"| {partitions} | {rate(produced)} | " + " | ".join(cells) + " |", flush=True)


def is_rate(figure):
    return isinstance(figure, dict) and "mb_per_second" in figure


def rate_cells(ours, theirs):
    cells = []
    for one in (ours, theirs):
        cells += [f"{one['messages_per_second'] / 1000:,.0f} k", f"{one['mb_per_second']:,.0f}",
                  f"{one['cpu_seconds_per_gb']:.2f}"]
    cpu = ours["cpu_seconds_per_gb"] / max(theirs["cpu_seconds_per_gb"], 1e-9)
    return [*cells, f"{ours['mb_per_second'] / theirs['mb_per_second']:.2f}", f"{cpu:.2f}"]


def main():
    if sys.argv[1:2] == ["table"]:
        table()
    elif sys.argv[1:2] == ["scale"] and (sys.argv[2:] or ["girok"])[0] in BROKERS:
        scale((sys.argv[2:] or ["girok"])[0])
    elif len(sys.argv) > 2 and sys.argv[1] == "measure" and not set(sys.argv[2:]) - {*ALONE, *TOGETHER}:
        measure(sys.argv[2:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
