//! How long is a record on its way through a broker, from `produce` to the consumer, at a steady rate?
//!
//! Arguments: bootstrap address, topic, partitions, bytes of a record, records a second, seconds. Open loop: a record bears
//! the time when it should be sent, not when it could be. Prints milliseconds, a share of the records a line, after the
//! first fifth of them.

#![expect(clippy::print_stdout, reason = "its figures are its output")]

use std::env::args;
use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};

/// Records are sent in bursts, one each tick.
const TICK: Duration = Duration::from_millis(1);
const WAIT_MAX: Duration = Duration::from_secs(10);
const SHARES: [f64; 3] = [0.5, 0.99, 0.999];

fn main() -> Result<(), Box<dyn Error>> {
    const USAGE: &str = "expected: BOOTSTRAP TOPIC PARTITIONS RECORD_BYTES RECORDS_A_SECOND SECONDS";
    let arguments: Vec<String> = args().skip(1).collect();
    let [bootstrap, topic, numbers @ ..] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    let numbers: Vec<usize> = numbers.iter().map(|number| number.parse()).collect::<Result<_, _>>()?;
    let [partitions, size, rate, seconds] = numbers[..] else { return Err(USAGE.into()) };
    let (total, begun) = (rate * seconds, Instant::now() + Duration::from_secs(1));
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", "latency")
        .set("enable.auto.commit", "false")
        .create()?;
    let mut assigned = TopicPartitionList::new();
    for partition in 0..partitions {
        assigned.add_partition_offset(topic, partition as i32, Offset::Beginning)?;
    }
    consumer.assign(&assigned)?;
    let reader = thread::spawn(move || read(&consumer, total, begun));
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("acks", "all")
        .set("linger.ms", "1")
        .set("batch.size", "1000000")
        .set("queue.buffering.max.messages", "1000000")
        .create()?;
    send(&producer, topic, partitions, size, rate, total, begun)?;
    producer.flush(WAIT_MAX)?;
    let mut took = reader.join().map_err(|_| "the reader failed")?;
    if took.len() < total {
        return Err(format!("only {} of {total} records came", took.len()).into());
    }
    let mut warm = took.split_off(total / 5);
    warm.sort_unstable();
    for share in SHARES {
        println!("{:.3}", warm[(warm.len() as f64 * share) as usize].as_secs_f64() * 1000.0);
    }
    Ok(())
}

fn send(
    producer: &ThreadedProducer<DefaultProducerContext>,
    topic: &str,
    partitions: usize,
    size: usize,
    rate: usize,
    total: usize,
    begun: Instant,
) -> Result<(), Box<dyn Error>> {
    let mut body = vec![b'x'; size];
    let mut sent = 0;
    while sent < total {
        let due = ((begun.elapsed().as_secs_f64() * rate as f64) as usize).min(total);
        for at in sent..due {
            let when = Duration::from_secs_f64(at as f64 / rate as f64);
            body[..8].copy_from_slice(&(when.as_nanos() as u64).to_le_bytes());
            let record: BaseRecord<'_, (), _> =
                BaseRecord::to(topic).payload(&body).partition((at % partitions) as i32);
            producer.send(record).map_err(|(error, _)| error)?;
        }
        sent = due;
        thread::sleep(TICK);
    }
    Ok(())
}

fn read(consumer: &BaseConsumer, total: usize, begun: Instant) -> Vec<Duration> {
    let mut took = Vec::with_capacity(total);
    while let (true, Some(Ok(message))) = (took.len() < total, consumer.poll(WAIT_MAX)) {
        let stamp = message.payload().and_then(|payload| payload.first_chunk());
        let due = Duration::from_nanos(stamp.map_or(0, |stamp| u64::from_le_bytes(*stamp)));
        took.push(begun.elapsed().saturating_sub(due));
    }
    took
}
