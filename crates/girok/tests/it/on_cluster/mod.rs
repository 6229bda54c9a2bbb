//! Does girok do on a Kafka cluster what it does on its own log?

mod crash;
mod on_kafka;
