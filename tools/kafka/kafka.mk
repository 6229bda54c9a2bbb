# Apache Kafka for tests: see kafka.sh for the ports and folders that can be set.

.PHONY: kafka kafka-3 kafka-stop kafka-test crash-cluster

kafka: ## Start Apache Kafka, one node, on KAFKA_PORT (29092); needs Java and Maven
	@CARGO_TARGET_DIR=$(TARGET) bash tools/kafka/kafka.sh start 1

kafka-3: ## Start Apache Kafka, three nodes, on KAFKA_PORT (29092) and 10, 20 above
	@CARGO_TARGET_DIR=$(TARGET) bash tools/kafka/kafka.sh start 3

kafka-stop: ## Stop them
	@CARGO_TARGET_DIR=$(TARGET) bash tools/kafka/kafka.sh stop 1
	@CARGO_TARGET_DIR=$(TARGET) bash tools/kafka/kafka.sh stop 3

kafka-test: ## Run the tests that need Apache Kafka, on one node of it, and the same cases on girok's own port
	CARGO_TARGET_DIR=$(abspath $(TARGET)) bash tools/kafka/with-kafka.sh $(CARGO) test --workspace -- on_

crash-cluster: ## Kill brokers of a three-node Kafka and servers at random for ten minutes, count every event
	GIROK_CRASH_SECONDS=$(or $(SECONDS_OF_LOAD),600) KAFKA_HOME=$(abspath $(TARGET))/kafka \
	  $(CARGO) test --workspace --test it -- kills_of_brokers --nocapture
