//! Rounds of a classic group, with the time in the test's hands.

use super::*;

fn request(member_id: &str, instance_id: Option<&str>) -> JoinRequest {
    JoinRequest {
        member_id: member_id.to_owned(),
        instance_id: instance_id.map(str::to_owned),
        client_id: "test".to_owned(),
        session_timeout_ms: 100,
        rebalance_timeout_ms: 1000,
        protocol_type: "consumer".to_owned(),
        protocols: vec![("range".to_owned(), Bytes::from_static(b"topics"))],
        ..JoinRequest::default()
    }
}

fn of(joined: &Joined) -> MemberRef<'_> {
    MemberRef { id: &joined.member_id, instance_id: None, generation: joined.generation }
}

/// A stable group of one.
fn group_of_one() -> (ClassicGroup, Joined) {
    let mut group = ClassicGroup::default();
    let joined = group.join(request("", None), 0).try_recv().unwrap().unwrap();
    let share = vec![(joined.member_id.clone(), Bytes::from_static(b"all"))];
    let synced = group.sync(of(&joined), None, share, 0).try_recv().unwrap().unwrap();
    assert_eq!((&synced.assignment[..], synced.protocol.as_str()), (&b"all"[..], "range"));
    (group, joined)
}

#[test]
fn a_second_member_makes_the_first_join_again() {
    let (mut group, first) = group_of_one();
    let mut second = group.join(request("", None), 10);
    assert!(second.try_recv().is_err(), "waits for the first");
    assert_eq!(group.heartbeat(of(&first), 10), Err(GroupError::RebalanceInProgress));
    let first_again = group.join(request(&first.member_id, None), 20).try_recv().unwrap().unwrap();
    let second = second.try_recv().unwrap().unwrap();
    assert_eq!((first_again.generation, second.generation), (2, 2));
    assert_eq!((first_again.members.len(), second.members.len()), (2, 0), "the leader hears of all");
    let mut waiting = group.sync(of(&second), None, Vec::new(), 20);
    assert!(waiting.try_recv().is_err(), "waits for the leader");
    let share = vec![(second.member_id.clone(), Bytes::from_static(b"half"))];
    let synced = group.sync(of(&first_again), Some("range"), share, 20).try_recv().unwrap().unwrap();
    assert!(synced.assignment.is_empty());
    assert_eq!(&waiting.try_recv().unwrap().unwrap().assignment[..], b"half");
    assert_eq!(group.heartbeat(of(&first), 20), Err(GroupError::IllegalGeneration));
    assert_eq!(group.heartbeat(of(&second), 20), Ok(()));
}

#[test]
fn who_is_silent_or_late_is_taken_out() {
    let (mut group, first) = group_of_one();
    group.expire("g", 100);
    assert!(!group.is_empty());
    let mut second = group.join(request("", None), 100);
    group.expire("g", 101);
    let second = second.try_recv().unwrap().unwrap();
    assert_eq!(second.leader, second.member_id, "the silent one is gone, nobody is left to wait for");
    assert_eq!(group.heartbeat(of(&first), 101), Err(GroupError::UnknownMember));

    let mut third = group.join(request("", None), 150);
    for now_ms in [200, 300, 1000] {
        let _ = group.heartbeat(of(&second), now_ms);
        group.expire("g", now_ms);
        assert!(third.try_recv().is_err(), "the second lives and may still join");
    }
    let _ = group.heartbeat(of(&second), 1140);
    group.expire("g", 1150);
    assert_eq!(third.try_recv().unwrap().unwrap().generation, 3, "its time is over");
}

#[test]
fn an_id_is_asked_for_and_given() {
    let mut group = ClassicGroup::default();
    let asked = JoinRequest { requires_id: true, ..request("", None) };
    let refused = group.join(asked, 0).try_recv().unwrap().unwrap_err();
    let GroupError::MemberIdRequired { id } = refused else { panic!("{refused}") };
    let joined = group.join(request(&id, None), 0).try_recv().unwrap().unwrap();
    assert_eq!(joined.member_id, id);
    let unknown = group.join(request("nobody", None), 0).try_recv().unwrap();
    assert_eq!(unknown.unwrap_err(), GroupError::UnknownMember);
}

#[test]
fn an_instance_comes_back_without_a_rebalance_and_fences_its_shadow() {
    let mut group = ClassicGroup::default();
    let first = group.join(request("", Some("one")), 0).try_recv().unwrap().unwrap();
    let share = vec![(first.member_id.clone(), Bytes::from_static(b"all"))];
    let named = MemberRef { instance_id: Some("one"), ..of(&first) };
    group.sync(named, None, share, 0).try_recv().unwrap().unwrap();
    let back = group.join(request("", Some("one")), 10).try_recv().unwrap().unwrap();
    assert_eq!(back.generation, first.generation);
    let named_back = MemberRef { instance_id: Some("one"), ..of(&back) };
    let synced = group.sync(named_back, None, Vec::new(), 10).try_recv().unwrap().unwrap();
    assert_eq!(&synced.assignment[..], b"all");
    assert_eq!(group.heartbeat(named, 10), Err(GroupError::FencedInstance));
}

#[test]
fn only_members_commit_while_there_are_some() {
    let (mut group, first) = group_of_one();
    let anyone = MemberRef { id: "", instance_id: None, generation: -1 };
    assert_eq!(group.check_commit(anyone, 0), Err(GroupError::UnknownMember));
    assert_eq!(group.check_commit(of(&first), 0), Ok(()));
    group.leave(&first.member_id, None, 0).unwrap();
    assert_eq!(group.check_commit(anyone, 0), Ok(()));
    assert_eq!(group.info("g").state, GroupState::Empty);
}

#[test]
fn members_must_agree() {
    let (mut group, _) = group_of_one();
    let other = JoinRequest { protocols: vec![("sticky".to_owned(), Bytes::new())], ..request("", None) };
    let refused = group.join(other, 0).try_recv().unwrap();
    assert_eq!(refused.unwrap_err(), GroupError::InconsistentProtocol);
    let never = JoinRequest { session_timeout_ms: 0, ..request("", None) };
    assert_eq!(group.join(never, 0).try_recv().unwrap().unwrap_err(), GroupError::InvalidSessionTimeout);
}
