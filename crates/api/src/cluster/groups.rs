//! `/api/v1/groups`: groups listed, described, their offsets reset, forgotten.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use girok_admin::{
    AdminError, Cluster, Group, GroupLag, Member, Moved, PartitionLag, Reset, Target, TopicPartition,
};
use girok_exec::parse_time;
use serde::{Deserialize, Serialize};

use super::{answer, wait};
use crate::body::JsonBody;
use crate::clock;
use crate::error::ApiError;
use crate::state::Api;

#[derive(Serialize)]
struct GroupsJson {
    groups: Vec<GroupJson>,
}

#[derive(Serialize)]
struct GroupJson {
    name: String,
    state: String,
    protocol_type: String,
    protocol: String,
    /// Whether it is girok's own: its offsets are a hint, the catalog holds the truth.
    own: bool,
    member_count: usize,
    topics: BTreeSet<String>,
    lag_records: u64,
    lag_seconds: f64,
    growing: bool,
    /// Records that girok's workers in this process have not read yet, and so cannot be found.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_records: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<MemberJson>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partitions: Option<Vec<PartitionJson>>,
}

#[derive(Serialize)]
struct MemberJson {
    id: String,
    instance_id: Option<String>,
    client_id: String,
    host: String,
    assigned: Vec<PlaceJson>,
}

#[derive(Serialize)]
struct PlaceJson {
    topic: String,
    partition: u32,
}

#[derive(Serialize)]
struct PartitionJson {
    topic: String,
    partition: u32,
    member: Option<String>,
    committed: Option<i64>,
    start: i64,
    end: i64,
    lag_records: u64,
    lag_seconds: f64,
    growing: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_records: Option<u64>,
}

/// The body of `POST /api/v1/groups/{name}/offsets`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetJson {
    to: ToJson,
    #[serde(default)]
    topics: Vec<String>,
    #[serde(default)]
    partitions: Vec<u32>,
    #[serde(default)]
    dry_run: bool,
}

/// `"earliest"`, `"latest"`, `{"offset": 42}`, `{"time": "now-1h"}`.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ToJson {
    Earliest,
    Latest,
    Offset(i64),
    Time(String),
}

#[derive(Serialize)]
struct MovedJson {
    topic: String,
    partition: u32,
    before: Option<i64>,
    after: i64,
}

#[derive(Serialize)]
struct OffsetsJson {
    dry_run: bool,
    offsets: Vec<MovedJson>,
}

/// Records that girok's own workers in this process have not read yet.
type Unread = BTreeMap<TopicPartition, u64>;

pub(crate) async fn list(State(api): State<Api>) -> Result<Response, ApiError> {
    let unread = unread(&api);
    let list = move |cluster: &Cluster| -> Result<_, AdminError> {
        let groups = cluster.groups()?.into_iter();
        let groups = groups.map(|(group, lag)| GroupJson::new(cluster, &group, &lag, &unread));
        Ok(GroupsJson { groups: groups.collect() })
    };
    answer(&api, StatusCode::OK, list).await
}

pub(crate) async fn describe(State(api): State<Api>, Path(name): Path<String>) -> Result<Response, ApiError> {
    let unread = unread(&api);
    let describe = move |cluster: &Cluster| -> Result<_, AdminError> {
        let (group, lag) = cluster.group(&name)?;
        let plain = GroupJson::new(cluster, &group, &lag, &unread);
        let growing = cluster.watch().growing(&name);
        let partition = |(of, lag): (&TopicPartition, &PartitionLag)| PartitionJson {
            member: group.owner(of).map(|member| member.id.clone()),
            growing: !plain.own && growing.contains(of),
            unread_records: unread.get(of).filter(|_| plain.own).copied(),
            ..PartitionJson::new(of, lag)
        };
        let partitions = lag.partitions.iter().map(partition).collect();
        let members = group.members.iter().map(MemberJson::from).collect();
        Ok(GroupJson { members: Some(members), partitions: Some(partitions), ..plain })
    };
    answer(&api, StatusCode::OK, describe).await
}

pub(crate) async fn reset(
    State(api): State<Api>,
    Path(name): Path<String>,
    JsonBody(wanted): JsonBody<ResetJson>,
) -> Result<Response, ApiError> {
    let to = wanted.to.target()?;
    let ResetJson { topics, partitions, dry_run, .. } = wanted;
    let reset = Reset { to, topics, partitions, dry_run };
    let reset = move |cluster: &Cluster| -> Result<_, AdminError> {
        let offsets = cluster.reset(&name, &reset)?.into_iter().map(MovedJson::from).collect();
        Ok(OffsetsJson { dry_run, offsets })
    };
    answer(&api, StatusCode::OK, reset).await
}

pub(crate) async fn delete(State(api): State<Api>, Path(name): Path<String>) -> Result<Response, ApiError> {
    wait(&api, move |cluster| cluster.delete_group(&name)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn unread(api: &Api) -> Unread {
    let lags = api.stored.snapshot().lag.into_iter();
    lags.map(|(of, lag)| (TopicPartition::new(of.dataset.as_str(), of.partition), lag.records)).collect()
}

impl ToJson {
    fn target(&self) -> Result<Target, AdminError> {
        match self {
            ToJson::Earliest => Ok(Target::Earliest),
            ToJson::Latest => Ok(Target::Latest),
            ToJson::Offset(offset) if *offset >= 0 => Ok(Target::Offset(*offset)),
            ToJson::Offset(offset) => Err(AdminError::Invalid {
                what: format!("cannot use `{offset}` as an offset: it is negative"),
            }),
            ToJson::Time(text) => {
                let time = parse_time(text, clock::now()).ok_or_else(|| AdminError::Invalid {
                    what: format!(
                        "cannot use `{text}` as a time: it is neither RFC 3339, nor an epoch, nor like `now-15m`"
                    ),
                })?;
                Ok(Target::Time(time.as_millis()))
            }
        }
    }
}

impl GroupJson {
    fn new(cluster: &Cluster, group: &Group, lag: &GroupLag, unread: &Unread) -> Self {
        let own = cluster.is_own(&group.name);
        GroupJson {
            name: group.name.clone(),
            state: group.state.clone(),
            protocol_type: group.protocol_type.clone(),
            protocol: group.protocol.clone(),
            own,
            member_count: group.members.len(),
            topics: lag.partitions.keys().map(|of| of.topic.to_string()).collect(),
            lag_records: lag.records,
            lag_seconds: lag.seconds,
            // A part's offsets are committed when it is published: until then girok's own lag always grows.
            growing: !own && !cluster.watch().growing(&group.name).is_empty(),
            unread_records: own.then(|| unread.values().sum()),
            members: None,
            partitions: None,
        }
    }
}

impl PartitionJson {
    fn new(of: &TopicPartition, lag: &PartitionLag) -> Self {
        PartitionJson {
            topic: of.topic.to_string(),
            partition: of.partition,
            member: None,
            committed: lag.committed,
            start: lag.start,
            end: lag.end,
            lag_records: lag.records,
            lag_seconds: lag.seconds,
            growing: false,
            unread_records: None,
        }
    }
}

impl From<&Member> for MemberJson {
    fn from(member: &Member) -> Self {
        let place = |of: &TopicPartition| PlaceJson { topic: of.topic.to_string(), partition: of.partition };
        MemberJson {
            id: member.id.clone(),
            instance_id: member.instance_id.clone(),
            client_id: member.client_id.clone(),
            host: member.host.clone(),
            assigned: member.assigned.iter().map(place).collect(),
        }
    }
}

impl From<Moved> for MovedJson {
    fn from(moved: Moved) -> Self {
        let Moved { partition, before, after } = moved;
        MovedJson { topic: partition.topic.to_string(), partition: partition.partition, before, after }
    }
}
