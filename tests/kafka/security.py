"""Do real clients log in, over TLS too, and are strangers kept out?

    SERVE=target/debug/examples/serve python tests/kafka/security.py

Starts brokers of its own on free ports. Wants confluent-kafka, kafka-python and openssl; kcat is tried if it is
installed.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid

MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    def __init__(self, *settings):
        self.folder = tempfile.mkdtemp()
        self.address = f"127.0.0.1:{free_port()}"
        self.settings = settings
        self.start()

    def start(self):
        self.process = subprocess.Popen([os.environ["SERVE"], self.address, self.folder, *self.settings])
        host, port = self.address.split(":")
        deadline = time.time() + 20
        while True:
            try:
                return socket.create_connection((host, int(port)), 1).close()
            except OSError:
                if time.time() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.02)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder)


def login(mechanism, user="ann", password="a secret"):
    return {"sasl.mechanism": mechanism, "sasl.username": user, "sasl.password": password}


def confluent_round(address, settings, protocol):
    """A record there and back; whether it arrived."""
    from confluent_kafka import Consumer, KafkaException, Producer

    common = {"bootstrap.servers": address, "security.protocol": protocol, "log_level": 0, **settings}
    topic, value = f"t-{uuid.uuid4().hex[:8]}", uuid.uuid4().bytes
    producer = Producer({**common, "message.timeout.ms": 20000})
    producer.produce(topic, value)
    if producer.flush(25):
        return False
    consumer = Consumer({**common, "group.id": topic, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    deadline = time.time() + 30
    try:
        while time.time() < deadline:
            message = consumer.poll(0.5)
            if message is not None and not message.error():
                return message.value() == value
    except KafkaException:
        pass
    finally:
        consumer.close()
    return False


def delivered(address, settings, protocol):
    """Whether a producer gets a record in; it may give up after three seconds."""
    from confluent_kafka import Producer

    reports = []
    producer = Producer({
        "bootstrap.servers": address, "security.protocol": protocol, "message.timeout.ms": 3000, "log_level": 0,
        **settings,
    })
    producer.produce("t", b"x", on_delivery=lambda error, _: reports.append(error))
    producer.flush(5)
    return len(reports) == 1 and reports[0] is None


def kafka_python_round(address, settings, protocol, **tls):
    from kafka import KafkaConsumer, KafkaProducer

    common = dict(
        bootstrap_servers=address, security_protocol=protocol, sasl_mechanism=settings["sasl.mechanism"],
        sasl_plain_username=settings["sasl.username"], sasl_plain_password=settings["sasl.password"], **tls,
    )
    topic, value = f"t-{uuid.uuid4().hex[:8]}", uuid.uuid4().bytes
    producer = KafkaProducer(**common)
    producer.send(topic, value).get(10)
    producer.close()
    consumer = KafkaConsumer(topic, auto_offset_reset="earliest", consumer_timeout_ms=5000, **common)
    got = next(iter(consumer), None)
    consumer.close()
    return got is not None and got.value == value


def certificates():
    """A root and certificates it signed for `localhost` and 127.0.0.1, in a new folder."""
    folder = tempfile.mkdtemp()

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=folder, capture_output=True)

    with open(f"{folder}/names", "w") as names:
        names.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *ec, "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=root", "-days", "2")
    openssl("req", *ec, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=localhost")
    openssl("x509", "-req", "-in", "leaf.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial",
            "-out", "leaf.pem", "-days", "2", "-extfile", "names")
    return folder


def check(what, ok):
    print(("ok " if ok else "FAILED ") + what, flush=True)
    RESULTS.append(ok)


RESULTS = []
USERS = ["sasl.mechanisms=" + ",".join(MECHANISMS), "sasl.users=ann:a secret"]


def passwords():
    with Broker(*USERS) as broker:
        for mechanism in MECHANISMS:
            check(f"confluent-kafka {mechanism}", confluent_round(broker.address, login(mechanism), "SASL_PLAINTEXT"))
            check(f"kafka-python {mechanism}", kafka_python_round(broker.address, login(mechanism), "SASL_PLAINTEXT"))
            wrong = login(mechanism, password="another")
            check(f"wrong password {mechanism}", not delivered(broker.address, wrong, "SASL_PLAINTEXT"))
            nobody = login(mechanism, user="eve")
            check(f"unknown user {mechanism}", not delivered(broker.address, nobody, "SASL_PLAINTEXT"))
        check("no login", not delivered(broker.address, {}, "PLAINTEXT"))
        if shutil.which("kcat"):
            options = [f"-X{key}={value}" for key, value in login("SCRAM-SHA-512").items()]
            options.append("-Xsecurity.protocol=SASL_PLAINTEXT")
            listed = subprocess.run(["kcat", "-b", broker.address, "-L", *options], capture_output=True, timeout=20)
            check("kcat SCRAM-SHA-512", listed.returncode == 0)


def made_users():
    from confluent_kafka.admin import (
        AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialDeletion, UserScramCredentialUpsertion,
    )

    with Broker(*USERS) as broker:
        admin = AdminClient({
            "bootstrap.servers": broker.address, "security.protocol": "SASL_PLAINTEXT", **login("PLAIN"),
        })
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 8192)
        made = admin.alter_user_scram_credentials([UserScramCredentialUpsertion("bob", info, b"his")])
        made["bob"].result(10)
        told = admin.describe_user_scram_credentials(["bob"])["bob"].result(10)
        told = [(one.mechanism, one.iterations) for one in told.scram_credential_infos]
        check("user told", told == [(ScramMechanism.SCRAM_SHA_256, 8192)])
        bob = login("SCRAM-SHA-256", "bob", "his")
        check("made user logs in", confluent_round(broker.address, bob, "SASL_PLAINTEXT"))
        broker.kill()
        broker.start()
        check("made user logs in after a kill", confluent_round(broker.address, bob, "SASL_PLAINTEXT"))
        gone = UserScramCredentialDeletion("bob", ScramMechanism.SCRAM_SHA_256)
        admin.alter_user_scram_credentials([gone])["bob"].result(10)
        check("removed user is kept out", not delivered(broker.address, bob, "SASL_PLAINTEXT"))


def tls():
    files = certificates()
    port = [f"tls.certificate={files}/leaf.pem", f"tls.key={files}/leaf.key"]
    trust = {"ssl.ca.location": f"{files}/root.pem"}
    with Broker(*port, *USERS) as broker:
        settings = {**login("SCRAM-SHA-256"), **trust}
        check("confluent-kafka SASL_SSL", confluent_round(broker.address, settings, "SASL_SSL"))
        got = kafka_python_round(broker.address, settings, "SASL_SSL", ssl_cafile=f"{files}/root.pem")
        check("kafka-python SASL_SSL", got)
        check("no plain text", not delivered(broker.address, login("PLAIN"), "SASL_PLAINTEXT"))
        check("unknown root", not delivered(broker.address, login("PLAIN"), "SASL_SSL"))
    with Broker(*port, f"tls.client.ca={files}/root.pem") as broker:
        own = {"ssl.certificate.location": f"{files}/leaf.pem", "ssl.key.location": f"{files}/leaf.key"}
        check("client certificate", confluent_round(broker.address, {**trust, **own}, "SSL"))
        check("no client certificate", not delivered(broker.address, trust, "SSL"))
    shutil.rmtree(files)


def main():
    if not os.environ.get("SERVE"):
        print("skipped security: SERVE does not name the program that serves the log alone")
        return 0
    try:
        import confluent_kafka  # noqa: F401
        import kafka  # noqa: F401
    except ImportError as error:
        print(f"skipped security: {error}")
        return 0
    for part in [passwords, made_users, tls]:
        try:
            part()
        except Exception as error:  # A client's failure is this script's finding.
            check(f"{part.__name__}: {type(error).__name__}: {str(error)[:300]}", False)
    print(f"{sum(RESULTS)} passed, {len(RESULTS) - sum(RESULTS)} failed")
    return 0 if all(RESULTS) else 1


if __name__ == "__main__":
    sys.exit(main())
