.PHONY: suite-kafka-tools

suite-kafka-tools: ## Let Kafka's command line tools work on girok (TARGET=kafka: Apache Kafka; BROKER=host:port)
	@tools/suites/kafka-tools.sh
