.PHONY: fuzz-kafka kafka-clients

kafka-clients: ## Let confluent-kafka, kafka-python, aiokafka, kafkajs, kcat and rsyslog talk to the broker (BROKER=host:port)
	tools/suites/kafka-clients.sh

fuzz-kafka: ## Fuzz what decodes bytes of Kafka clients, ten minutes each; needs nightly Rust and cargo-fuzz
	tools/suites/fuzz-kafka.sh 600
