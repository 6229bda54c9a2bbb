.PHONY: bench-kafka bench-kafka-scale

bench-kafka: ## Measure the broker beside Apache Kafka; docs/bench.md explains the figures
	tools/bench/kafka.sh

bench-kafka-scale: ## Measure the broker's throughput against partitions and consumers, for docs/kafka.md
	tools/bench/kafka.sh scale
