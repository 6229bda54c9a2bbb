// Does kafkajs get along with the broker? A round trip in each codec it has, and a group of two.
//
//     node tests/kafka/kafkajs.mjs 127.0.0.1:9092
//
// Wants the packages `kafkajs` and `kafkajs-snappy`; without them it says so and is skipped. LZ4 needs an addon that
// Node 20 no longer builds, zstd another: other clients speak those.

import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';

const require = createRequire(process.env.KAFKA_NODE_MODULES ?? import.meta.url);
const server = process.argv[2] ?? '127.0.0.1:9092';
const run = randomUUID().slice(0, 8);

let kafkajs;
try {
  kafkajs = require('kafkajs');
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.Snappy] = require('kafkajs-snappy');
} catch (error) {
  console.log(`skipped kafkajs: ${error.message.split('\n')[0]}`);
  console.log('0 passed, 0 failed, 1 skipped');
  process.exit(0);
}

const { CompressionTypes, Kafka, logLevel } = kafkajs;
const kafka = new Kafka({ clientId: 'kafkajs', brokers: [server], logLevel: logLevel.NOTHING });
const topic = `kafkajs-${run}`;
const wanted = new Set();

async function produce() {
  const producer = kafka.producer();
  await producer.connect();
  for (const codec of ['None', 'GZIP', 'Snappy']) {
    const messages = Array.from({ length: 100 }, (_, at) => ({ key: `${at}`, value: `${codec} line ${at} of ${run}` }));
    messages.forEach((message) => wanted.add(message.value));
    await producer.send({ topic, compression: CompressionTypes[codec], messages });
  }
  await producer.disconnect();
}

async function consume() {
  const seen = new Set();
  const consumers = [0, 1].map(() => kafka.consumer({ groupId: `kafkajs-${run}`, sessionTimeout: 6000 }));
  for (const consumer of consumers) {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void seen.add(message.value.toString()) });
  }
  const deadline = Date.now() + 30_000;
  while (seen.size < wanted.size && Date.now() < deadline) await new Promise((done) => setTimeout(done, 50));
  await Promise.all(consumers.map((consumer) => consumer.disconnect()));
  if (seen.size !== wanted.size) throw new Error(`got ${seen.size} records, expected ${wanted.size}`);
}

const begun = Date.now();
try {
  await produce();
  await consume();
  console.log(`ok kafkajs (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  console.log('1 passed, 0 failed, 0 skipped');
} catch (error) {
  console.log(`FAILED kafkajs: ${error.message}`);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exit(1);
}
