"""Is every acknowledged record there, once, whenever the broker is killed?

    python tests/kafka/kill.py ROUNDS SERVE ADDRESS [key=value …]

SERVE is the program that serves the log alone (`cargo build -p girok-broker --example serve`). One idempotent
confluent-kafka producer writes numbered records without pause while the broker is killed (SIGKILL) and started
again at random moments; the seed of these is printed, KILL_SEED sets it. Then everything is read and counted.
"""

import collections
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOPIC = "killed"
PARTITIONS = 3


def start(serve, address, folder, settings):
    server = subprocess.Popen([serve, address, folder, f"num.partitions={PARTITIONS}", *settings])
    host, port = address.rsplit(":", 1)
    deadline = time.time() + 30
    while time.time() < deadline:
        try:
            socket.create_connection((host, int(port)), 0.2).close()
            return server
        except OSError:
            if server.poll() is not None:
                sys.exit(f"the broker ended with {server.returncode}")
            time.sleep(0.01)
    sys.exit("the broker does not answer")


class Load:
    """Produces numbered records until it is told to stop; knows which were acknowledged."""

    def __init__(self, address):
        from confluent_kafka import Producer

        self.acknowledged, self.failed, self.sent = [], [], 0
        self.stopping = threading.Event()
        self.producer = Producer({
            "bootstrap.servers": address, "enable.idempotence": True, "linger.ms": 2, "acks": "all",
            "compression.type": "lz4", "delivery.timeout.ms": 300000, "message.timeout.ms": 300000,
            "retry.backoff.ms": 20, "retry.backoff.max.ms": 100,
            "reconnect.backoff.ms": 5, "reconnect.backoff.max.ms": 50, "log_level": 2,
        })
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def reported(self, error, message):
        if error is None:
            self.acknowledged.append((message.partition(), int(message.value().split(b" ")[0])))
        else:
            self.failed.append(str(error))

    def run(self):
        while not self.stopping.is_set():
            if len(self.producer) > 20000:
                self.producer.poll(0.01)
                continue
            for _ in range(100):
                value = b"%d of a load that never pauses, killed or not" % self.sent
                self.producer.produce(TOPIC, value, partition=self.sent % PARTITIONS, on_delivery=self.reported)
                self.sent += 1
            self.producer.poll(0.002)

    def stop(self):
        self.stopping.set()
        self.thread.join()
        self.producer.flush(120)


def read_all(address):
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({
        "bootstrap.servers": address, "group.id": "count", "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    })
    seen, order_broken = collections.Counter(), 0
    for partition in range(PARTITIONS):
        of = TopicPartition(TOPIC, partition, 0)
        _, end = consumer.get_watermark_offsets(of, timeout=10)
        consumer.assign([of])
        position, last = 0, -1
        while position < end:
            for message in consumer.consume(10000, 1.0):
                if message.error():
                    sys.exit(f"cannot read: {message.error()}")
                number = int(message.value().split(b" ")[0])
                seen[(partition, number)] += 1
                order_broken += number <= last
                last, position = number, message.offset() + 1
    consumer.close()
    return seen, order_broken


def main():
    rounds, serve, address, settings = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
    seed = int(os.environ.get("KILL_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    folder = tempfile.mkdtemp()
    server = start(serve, address, folder, settings)
    begun = time.time()
    load = Load(address)
    starts = []
    for _ in range(rounds):
        time.sleep(chance.uniform(0.02, 1.0))
        server.send_signal(signal.SIGKILL)
        server.wait()
        at = time.time()
        server = start(serve, address, folder, settings)
        starts.append(time.time() - at)
    load.stop()
    seen, order_broken = read_all(address)
    server.send_signal(signal.SIGINT)
    server.wait(30)
    shutil.rmtree(folder)
    lost = [one for one in load.acknowledged if not seen[one]]
    doubled = [one for one, count in seen.items() if count > 1]
    print(f"{rounds} rounds of SIGKILL in {time.time() - begun:.0f} s, slowest start {max(starts) * 1000:.0f} ms")
    print(
        f"{load.sent} sent, {len(load.acknowledged)} acknowledged, {len(load.failed)} failed, {len(seen)} stored; "
        f"{len(lost)} lost, {len(doubled)} doubled, {order_broken} out of order"
    )
    if load.failed:
        print("first failure:", load.failed[0])
    # A load that hardly wrote, or gave up, proves nothing.
    is_real = len(load.acknowledged) > 100 * rounds and not load.failed
    return 0 if is_real and not lost and not doubled and not order_broken else 1


if __name__ == "__main__":
    sys.exit(main())
