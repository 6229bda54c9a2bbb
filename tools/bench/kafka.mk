.PHONY: bench-kafka

bench-kafka: ## Measure the broker beside Apache Kafka; docs/bench.md explains the figures
	tools/bench/kafka.sh
