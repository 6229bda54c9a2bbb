"""What kafka-python's own tests need of the file `test/service.py`, which its source distribution lacks.

The tests run against a broker that is there already, so nothing is ever started from here.
"""


class ExternalService:
    def __init__(self, host, port):
        self.host = host
        self.port = port

    def open(self):
        pass

    def close(self):
        pass

    def dump_logs(self):
        pass

    def wait_for(self, pattern, timeout=30):
        pass


class SpawnedService:
    def __init__(self, *args, **kwargs):
        raise RuntimeError("the tests want a broker of their own; KAFKA_URI names the one to use")
