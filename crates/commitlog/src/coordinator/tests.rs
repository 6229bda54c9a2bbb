//! Groups as their members see them.

use super::classic::GroupState;
use super::offsets::Committed;
use super::remote::ConsumerHeartbeat;
use super::*;

const SESSION_MS: i64 = 1000;

struct Fixture {
    coordinator: Coordinator,
    owned: BTreeMap<String, BTreeSet<TopicPartition>>,
    now_ms: i64,
}

impl Fixture {
    fn new(topics: &[(&str, u32)]) -> Self {
        let mut fixture = Fixture { coordinator: Coordinator::default(), owned: BTreeMap::new(), now_ms: 0 };
        fixture.set_topics(topics);
        fixture
    }

    fn set_topics(&mut self, topics: &[(&str, u32)]) {
        self.coordinator.set_topics(topics.iter().map(|(name, count)| (Arc::from(*name), *count)).collect());
    }

    fn join(&mut self) -> String {
        let join = Join { subscription: Subscription::all(), session_timeout_ms: SESSION_MS, wake: None };
        let id = self.coordinator.join("g", join, self.now_ms);
        self.owned.insert(id.clone(), BTreeSet::new());
        id
    }

    /// One heartbeat; what the member owns after it. What it must give up it reports with the next.
    fn beat(&mut self, id: &str) -> Vec<String> {
        let answer = self.coordinator.heartbeat("g", id, &self.owned[id], self.now_ms).unwrap();
        self.owned.insert(id.to_owned(), answer.assignment);
        for (a, b) in self.owned.iter().flat_map(|a| self.owned.iter().map(move |b| (a, b))) {
            assert!(a.0 == b.0 || a.1.is_disjoint(b.1), "two members own one partition");
        }
        self.owned[id].iter().map(ToString::to_string).collect()
    }
}

#[test]
fn a_partition_moves_only_when_it_was_given_up() {
    let mut group = Fixture::new(&[("web", 2)]);
    let first = group.join();
    assert_eq!(group.beat(&first), ["web-0", "web-1"]);
    let second = group.join();
    assert_eq!(group.beat(&second), [""; 0], "the first still owns both");
    assert_eq!(group.beat(&first), ["web-0"], "it hears that it must give one up");
    assert_eq!(group.beat(&second), [""; 0], "it has not said yet that it did");
    assert_eq!(group.beat(&first), ["web-0"]);
    assert_eq!(group.beat(&second), ["web-1"]);
}

#[test]
fn who_leaves_or_falls_silent_frees_its_partitions() {
    let mut group = Fixture::new(&[("web", 2)]);
    let (first, second, third) = (group.join(), group.join(), group.join());
    for id in [&first, &second, &third] {
        group.beat(id);
    }
    group.owned.remove(&first);
    group.coordinator.leave("g", &first);
    assert_eq!(group.beat(&third), ["web-0"]);
    group.now_ms += SESSION_MS + 1;
    group.owned.remove(&second);
    group.coordinator.join("other", join_now(), group.now_ms);
    let error = group.coordinator.heartbeat("g", &second, &BTreeSet::new(), group.now_ms).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot find member `{second}` in group `g`"));
}

fn join_now() -> Join {
    Join { subscription: Subscription::all(), session_timeout_ms: SESSION_MS, wake: None }
}

#[test]
fn new_topics_join_and_wake_the_members() {
    let mut group = Fixture::new(&[("web", 1)]);
    let wake = Arc::new(Wake::default());
    let pattern = Subscription::pattern("web|auth").unwrap();
    let join = Join { subscription: pattern, session_timeout_ms: SESSION_MS, wake: Some(wake.clone()) };
    let id = group.coordinator.join("g", join, 0);
    group.owned.insert(id.clone(), BTreeSet::new());
    group.beat(&id);
    wake.clear();
    group.set_topics(&[("web", 1), ("auth", 1), ("web2", 1), ("__consumer_offsets", 1)]);
    assert!(wake.wait_until(std::time::Instant::now()));
    assert_eq!(group.beat(&id), ["auth-0", "web-0"]);
    assert!(Subscription::pattern("(").is_err());
}

/// What a client of the consumer protocol says in a group of this session timeout.
fn remote_beat(epoch: i32, session_timeout_ms: i64) -> ConsumerHeartbeat {
    ConsumerHeartbeat {
        member_id: "a".to_owned(),
        epoch,
        instance_id: None,
        rack_id: None,
        session_timeout_ms,
        rebalance_timeout_ms: 5000,
        topics: (epoch == 0).then(|| vec!["web".to_owned()]),
        pattern: None,
        assignor: None,
        owned: None,
        client_id: String::new(),
        client_host: String::new(),
    }
}

#[test]
fn the_session_is_as_long_as_the_last_heartbeat_found_it() {
    let mut group = Fixture::new(&[("web", 1)]);
    let joined = group.coordinator.remote_heartbeat("g", &remote_beat(0, 1000), 0).unwrap();
    let mut beat = |session_ms, now_ms| {
        group.coordinator.remote_heartbeat("g", &remote_beat(joined.epoch, session_ms), now_ms)
    };
    assert!(beat(3000, 1000).is_ok());
    assert!(beat(1000, 4000).is_ok(), "the session has become longer");
    assert!(matches!(beat(3000, 5001), Err(GroupError::UnknownMember)), "and shorter");
}

#[test]
fn a_member_behind_commits_what_it_has_had_since() {
    let mut group = Fixture::new(&[("web", 1)]);
    let old = group.coordinator.remote_heartbeat("g", &remote_beat(0, 1000), 0).unwrap().epoch;
    group.set_topics(&[("web", 2)]);
    let new = group.coordinator.remote_heartbeat("g", &remote_beat(old, 1000), 0).unwrap().epoch;
    assert!(new > old);
    let offset = |partition| {
        let committed = Committed { offset: 1, leader_epoch: -1, metadata: String::new(), committed_ms: 0 };
        (TopicPartition::new("web", partition), committed)
    };
    let mut commit = |generation, partitions: &[u32]| {
        let of = MemberRef { id: "a", instance_id: None, generation };
        let offsets: Vec<_> = partitions.iter().map(|partition| offset(*partition)).collect();
        group.coordinator.check_commit("g", of, &offsets, 0)
    };
    assert!(commit(new, &[0, 1]).is_ok());
    assert!(commit(old, &[0]).is_ok(), "it is its own since then");
    for (generation, partitions) in
        [(old, &[0, 1][..]), (old, &[1]), (old, &[2]), (old - 1, &[0]), (new + 1, &[0])]
    {
        assert!(
            matches!(commit(generation, partitions), Err(GroupError::StaleEpoch)),
            "{generation} {partitions:?}"
        );
    }
}

#[test]
fn what_a_group_was_is_known_while_its_offsets_are() {
    let mut group = Fixture::new(&[("web", 1)]);
    let leave =
        |group: &mut Fixture| group.coordinator.remote_heartbeat("g", &remote_beat(-1, 1000), 0).unwrap();
    group.coordinator.remote_heartbeat("g", &remote_beat(0, 1000), 0).unwrap();
    leave(&mut group);
    assert!(!group.coordinator.former("g").is_shared_out, "it has committed nothing");

    group.coordinator.remote_heartbeat("g", &remote_beat(0, 1000), 0).unwrap();
    let committed = Committed { offset: 1, leader_epoch: -1, metadata: String::new(), committed_ms: 0 };
    group.coordinator.offsets_mut().set("g", TopicPartition::new("web", 0), Some(committed));
    leave(&mut group);
    let former = group.coordinator.former("g");
    assert_eq!((former.state, former.protocol_type.as_str()), (GroupState::Empty, "consumer"));
    assert!(former.is_shared_out && former.members.is_empty());
    group.coordinator.forget("g");
    assert_eq!(group.coordinator.former("g").protocol_type, "");
}

#[test]
fn only_the_owner_passes() {
    let mut group = Fixture::new(&[("web", 1)]);
    let (first, second) = (group.join(), group.join());
    group.beat(&first);
    let partition = TopicPartition::new("web", 0);
    assert!(group.coordinator.check_owner("g", &first, &partition).is_ok());
    for stranger in [second.as_str(), "nobody"] {
        assert!(group.coordinator.check_owner("g", stranger, &partition).is_err());
    }
}

#[test]
fn every_order_of_events_keeps_partitions_apart() {
    for seed in 0..50 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut group = Fixture::new(&[("a", 3), ("b", 2)]);
        for _ in 0..60 {
            let ids: Vec<_> = group.owned.keys().cloned().collect();
            match random.u8(..6) {
                0 if ids.len() < 4 => drop(group.join()),
                1 if ids.len() > 1 => {
                    let id = &ids[random.usize(..ids.len())];
                    group.owned.remove(id);
                    group.coordinator.leave("g", id);
                }
                _ if !ids.is_empty() => drop(group.beat(&ids[random.usize(..ids.len())])),
                _ => {}
            }
        }
        let ids: Vec<_> = group.owned.keys().cloned().collect();
        for id in ids.iter().cycle().take(ids.len() * 3) {
            group.beat(id);
        }
        let given: usize = group.owned.values().map(BTreeSet::len).sum();
        assert_eq!(given, if ids.is_empty() { 0 } else { 5 }, "seed {seed}");
    }
}
