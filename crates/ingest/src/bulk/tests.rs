use girok_event::DatasetName;
use proptest::prelude::*;

use super::*;
use crate::testing::Door;

const NDJSON: &str = r#"{"index":{"_index":"web","_id":"1"}}
{"a":1}
{"create":{"_index":"app"}}
{"a":2}
{"create":{}}
{"a":3}
"#;

#[track_caller]
fn read(body: &str) -> Vec<String> {
    let default = DatasetName::new("logs").unwrap();
    let actions = Actions::new(body.as_bytes(), &default).map(|action| {
        let Action { op, index, id, document } = action.unwrap();
        let op = op.as_str();
        let id = id.map(|id| format!("/{id}")).unwrap_or_default();
        match document {
            Ok((dataset, bytes)) => {
                format!("{op} {index}{id} -> {dataset}: {}", String::from_utf8_lossy(bytes))
            }
            Err(error) => format!("{op} {index}{id} -> {}: {}", error.status, error.reason),
        }
    });
    actions.collect()
}

#[test]
fn actions_come_with_their_documents() {
    assert_eq!(
        read(NDJSON),
        ["index web/1 -> web: {\"a\":1}", "create app -> app: {\"a\":2}", "create logs -> logs: {\"a\":3}"]
    );
}

#[test]
fn what_clients_really_send() {
    let pino = "{\"index\":{\"op_type\":\"create\",\"_type\":\"_doc\",\"pipeline\":\"x\"}}\r\n{\"a\":1}\r\n";
    assert_eq!(read(pino), ["create logs -> logs: {\"a\":1}"]);
    let numbers = "{\"index\":{\"_index\":\"web\",\"_id\":7}}\n{}";
    assert_eq!(read(numbers), ["index web/7 -> web: {}"]);
    let escaped = "{\"index\":{\"_index\":\"w\\u0065b\",\"_id\":\"\\\"\"}}\n{}";
    assert_eq!(read(escaped), ["index web/\" -> web: {}"]);
    let broken_document = "{\"index\":{}}\n{\"a\":\n{\"index\":{}}\n{}\n";
    assert_eq!(read(broken_document), ["index logs -> logs: {\"a\":", "index logs -> logs: {}"]);
}

#[test]
fn refused_actions_keep_their_place() {
    let body = r#"{"delete":{"_index":"web","_id":"1"}}
{"update":{"_index":"web","_id":"1"}}
{"doc":{"a":1}}
{"index":{"_index":"no/way"}}
{"a":1}
{"index":{}}
{"a":2}
{"index":{}}
"#;
    assert_eq!(
        read(body),
        [
            "delete web/1 -> 400: cannot delete a document: a log is only appended to",
            "update web/1 -> 400: cannot update a document: a log is only appended to",
            "index no/way -> 400: cannot use `no/way` as a dataset name: only a-z, A-Z, 0-9, `.`, `_` and `-` are allowed",
            "index logs -> logs: {\"a\":2}",
            "index logs -> 400: no document follows the action",
        ]
    );
}

#[test]
fn a_line_that_is_no_action_refuses_the_request() {
    let default = DatasetName::default_dataset();
    for bad in ["{\"a\":1}\n", "hello\n", "{\"index\":{}}\n{}\n{\"drop\":{}}\n"] {
        let error = Actions::new(bad.as_bytes(), &default).find_map(Result::err).unwrap();
        assert_eq!(error.kind(), ErrorKind::BadInput);
        assert!(error.to_string().starts_with("cannot read the bulk request: line "), "{error}");
    }
}

fn request() -> BulkRequest {
    BulkRequest {
        dataset: DatasetName::default_dataset(),
        peer: None,
        content_encoding: None,
        body: Bytes::from_static(NDJSON.as_bytes()),
    }
}

#[tokio::test]
async fn on_a_full_disk_each_item_asks_to_be_sent_again() {
    let receipt = Door::on_full_disk().ingest.bulk(request()).await.unwrap();
    assert_eq!(receipt.items.iter().map(BulkItem::status).collect::<Vec<_>>(), [429, 429, 429]);
    assert!(receipt.has_errors());
}

#[tokio::test]
async fn documents_reach_their_datasets_with_their_ids() {
    let door = Door::open();
    let receipt = door.ingest.bulk(request()).await.unwrap();
    assert!(!receipt.has_errors());
    assert_eq!(receipt.items.iter().map(BulkItem::status).collect::<Vec<_>>(), [201, 201, 201]);
    assert_eq!(door.values("web"), ["{\"a\":1}"]);
    assert_eq!(door.values("app"), ["{\"a\":2}"]);
    assert_eq!(door.values("logs"), ["{\"a\":3}"]);
    assert_eq!(door.headers("web"), ["girok.input=bulk girok.content=json girok.id=1"]);
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body in "(\\{\"(index|create|delete)\":\\{\\}\\}\n|\\{\\}\n|.{0,9}\n|\\PC{0,3}){0,8}") {
        let default = DatasetName::default_dataset();
        let _ = Actions::new(body.as_bytes(), &default).collect::<Result<Vec<_>, _>>();
    }
}
