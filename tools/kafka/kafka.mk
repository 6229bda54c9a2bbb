# Apache Kafka for tests: see kafka.sh for the ports and folders that can be set.

.PHONY: kafka kafka-3 kafka-stop

kafka: ## Start Apache Kafka, one node, on KAFKA_PORT (29092); needs Java and Maven
	@CARGO_TARGET_DIR=$(TARGET) bash tools/kafka/kafka.sh start 1

kafka-3: ## Start Apache Kafka, three nodes, on KAFKA_PORT (29092) and 10, 20 above
	@CARGO_TARGET_DIR=$(TARGET) bash tools/kafka/kafka.sh start 3

kafka-stop: ## Stop them
	@CARGO_TARGET_DIR=$(TARGET) bash tools/kafka/kafka.sh stop 1
	@CARGO_TARGET_DIR=$(TARGET) bash tools/kafka/kafka.sh stop 3
