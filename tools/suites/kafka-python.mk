.PHONY: suite-kafka-python

suite-kafka-python: ## Run kafka-python's own tests against girok (TARGET=kafka: Apache Kafka; BROKER=host:port)
	@tools/suites/kafka-python.sh
