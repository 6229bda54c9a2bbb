.PHONY: kafka-kill suite-franz-go suite-librdkafka

suite-librdkafka: ## Run librdkafka's own tests against the broker (TARGET=kafka, BROKER=host:port, TESTS=0001,…)
	tools/suites/librdkafka.sh

suite-franz-go: ## Run franz-go's own tests against the broker (TARGET=kafka, BROKER=host:port, RUN=TestTxnEtl)
	tools/suites/franz-go.sh

kafka-kill: ## Kill the broker 200 times under idempotent load and count every record
	tools/suites/kafka-kill.sh 200
