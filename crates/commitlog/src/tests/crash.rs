//! The plug is pulled at random moments; what is found afterwards is held against a model.
//!
//! `GIROK_TEST_ROUNDS` sets how many seeds are tried, `GIROK_TEST_SEED` the first of them.

use super::*;

/// What a partition must hold: its values by offset, and how many of them no crash may take.
#[derive(Default)]
struct Model {
    values: Vec<String>,
    safe: usize,
}

struct Run {
    fixture: Fixture,
    models: [Model; 2],
    random: fastrand::Rng,
    /// Acknowledgements that were not complete when they were looked at last.
    pending: Vec<(usize, i64, Durable)>,
    made: usize,
    /// All batches are alike in size, so that one could take the place of another.
    alike: bool,
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn acknowledged_records_survive_any_crash_exactly_once() {
    let first = number("GIROK_TEST_SEED", 0);
    for seed in first..first + number("GIROK_TEST_ROUNDS", 150) {
        println!("seed {seed}");
        let mut run = Run::new(seed);
        for _ in 0..80 {
            run.step();
        }
        run.crash();
    }
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let durability = [Durability::Fsync, Durability::Interval, Durability::None][random.usize(..3)];
        let fixture = Fixture::new(seed, |config| {
            config.partitions = 2;
            config.durability = durability;
            config.segment_bytes = random.u64(1024..6000);
        });
        fixture.log.create_topic("t", TopicConfig::default()).unwrap();
        Run {
            fixture,
            models: Default::default(),
            pending: Vec::new(),
            made: 0,
            alike: random.bool(),
            random,
        }
    }

    fn step(&mut self) {
        match self.random.u8(..30) {
            0 => self.crash(),
            1 => self.restart(),
            2 => self.fail(),
            3..6 => self.fixture.log.inner.write_recovery_points().unwrap(),
            6..11 => self.fixture.log.sync(),
            11 => self.fixture.advance(self.fixture.config.segment_ms),
            12 => self.kill(),
            13..16 => self.read(),
            _ => self.append(),
        }
        self.acknowledge();
    }

    fn append(&mut self) {
        let partition = self.random.usize(..2);
        let count = if self.alike { 1 } else { self.random.usize(1..5) };
        let values: Vec<_> = (0..count).map(|_| self.value()).collect();
        let codecs = [Compression::None, Compression::Lz4, Compression::Zstd];
        let codec = if self.alike { Compression::None } else { codecs[self.random.usize(..3)] };
        let batch = batch(START_MS, codec, &values);
        let Ok(appended) = self.fixture.log.append("t", partition as u32, batch) else { return };
        let model = &mut self.models[partition];
        assert_eq!(appended.base_offset, model.values.len() as i64, "offsets have no gap");
        model.values.extend(values);
        if self.fixture.config.durability == Durability::Fsync {
            self.pending.push((partition, appended.last_offset + 1, appended.durable));
        }
    }

    fn value(&mut self) -> String {
        self.made += 1;
        let length = if self.alike { 200 } else { self.random.usize(..400) };
        format!("{:<length$}", self.made)
    }

    /// What was acknowledged, or is known to be synced, is safe from now on.
    fn acknowledge(&mut self) {
        let Run { pending, models, fixture, .. } = self;
        pending.retain(|(partition, end, durable)| match durable.now() {
            None => true,
            Some(Ok(())) => {
                models[*partition].safe = models[*partition].safe.max(*end as usize);
                false
            }
            Some(Err(_)) => false,
        });
        for (model, metrics) in models.iter_mut().zip(fixture.log.metrics().partitions) {
            model.safe = model.safe.max(metrics.durable as usize);
            assert_eq!(metrics.damaged_bytes, 0, "nothing that was safe is damaged");
        }
    }

    fn read(&mut self) {
        let metrics = self.fixture.log.metrics();
        for (partition, model) in self.models.iter().enumerate() {
            let end = metrics.partitions[partition].high_watermark as usize;
            let from = self.random.usize(..=end);
            let bytes_max = self.random.usize(1..3000);
            let found = read_all(&self.fixture.log, "t", partition as u32, from as i64, bytes_max);
            let expected = model.values[..end].iter().cloned().enumerate().skip(from);
            let expected: Vec<_> = expected.map(|(offset, value)| (offset as i64, value)).collect();
            assert_eq!(found, expected);
        }
    }

    fn crash(&mut self) {
        let epochs = |run: &Run| run.fixture.log.leader_epochs("t", 0).unwrap().last().unwrap().0;
        let before = epochs(self);
        self.pending.clear();
        self.fixture.crash();
        assert!(epochs(self) > before, "clients can notice the crash");
        self.check_ends();
    }

    fn check_ends(&mut self) {
        for (partition, metrics) in self.fixture.log.metrics().partitions.iter().enumerate() {
            let (model, end) = (&mut self.models[partition], metrics.log_end as usize);
            assert!(end >= model.safe, "{} of {} safe records are left", end, model.safe);
            assert!(end <= model.values.len(), "records that nobody appended");
            model.values.truncate(end);
        }
        self.read();
    }

    fn restart(&mut self) {
        if self.fixture.log.close().is_ok() {
            let lengths = self.models.iter().map(|model| model.values.len() as i64).collect::<Vec<_>>();
            self.fixture.reopen();
            let ends = self.fixture.log.metrics().partitions.iter().map(|p| p.log_end).collect::<Vec<_>>();
            assert_eq!(ends, lengths, "an orderly stop loses nothing");
        } else {
            self.crash();
        }
        self.read();
    }

    /// The process dies, the machine does not: what was written is there, whether synced or not.
    fn kill(&mut self) {
        self.pending.clear();
        self.fixture.reopen();
        for (model, metrics) in self.models.iter().zip(self.fixture.log.metrics().partitions) {
            assert_eq!(metrics.log_end as usize, model.values.len(), "a killed process loses nothing");
        }
        self.read();
    }

    /// Lets the disk fail for a while, and then pulls the plug.
    fn fail(&mut self) {
        if self.random.bool() {
            self.fixture.disk.fail_writes_after(self.random.u32(..4));
        } else {
            self.fixture.disk.fail_syncs_after(self.random.u32(..4));
        }
        for _ in 0..8 {
            self.append();
            self.fixture.log.sync();
            self.acknowledge();
            self.read();
        }
        // A batch whose write failed may be on the disk all the same; nobody was told that it is.
        for (partition, metrics) in self.fixture.log.metrics().partitions.iter().enumerate() {
            self.models[partition].values.truncate(metrics.log_end as usize);
        }
        self.pending.clear();
        self.fixture.crash();
        for (partition, metrics) in self.fixture.log.metrics().partitions.iter().enumerate() {
            let (model, end) = (&mut self.models[partition], metrics.log_end);
            assert!(end as usize >= model.safe, "{end} of {} safe records are left", model.safe);
            let found = read_all(&self.fixture.log, "t", partition as u32, 0, 1 << 20);
            model.values.truncate(end as usize);
            assert_eq!(
                found.iter().map(|(_, value)| value).take(model.values.len()).collect::<Vec<_>>(),
                model.values.iter().collect::<Vec<_>>()
            );
            model.values = found.into_iter().map(|(_, value)| value).collect();
        }
    }
}
