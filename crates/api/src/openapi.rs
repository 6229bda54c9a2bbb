//! `/api/openapi.json`: every door, for programs that make clients. Kept by hand, beside `docs/api.md`; tests
//! hold it against the routes.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// The document.
const DOCUMENT: &str = include_str!("openapi.json");

pub(crate) async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// Where routes are written down.
    const SOURCES: [&str; 2] = [include_str!("lib.rs"), include_str!("elastic.rs")];

    fn document() -> Value {
        serde_json::from_str(DOCUMENT).unwrap()
    }

    /// The paths of all `.route("…", …)`, over line ends.
    fn routes() -> BTreeSet<String> {
        let calls = SOURCES.iter().flat_map(|source| source.split(".route(").skip(1));
        let paths = calls.map(|call| call.trim_start().trim_start_matches('"').split('"').next().unwrap());
        paths.map(String::from).collect()
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let described: BTreeSet<_> =
            document()["paths"].as_object().unwrap().keys().map(String::from).collect();
        assert!(routes().len() > 30, "{:?}", routes());
        assert_eq!(described, routes());
    }

    #[test]
    fn what_is_referred_to_is_there() {
        let document = document();
        let mut references = 0;
        let mut left = vec![&document];
        while let Some(value) = left.pop() {
            if let Some(place) = value["$ref"].as_str() {
                references += 1;
                assert!(document.pointer(place.trim_start_matches('#')).is_some(), "{place}");
            }
            left.extend(value.as_array().into_iter().flatten());
            left.extend(value.as_object().into_iter().flat_map(serde_json::Map::values));
        }
        assert!(references > 50, "{references}");
    }

    #[test]
    fn parameters_of_a_path_are_those_in_its_name() {
        for (path, item) in document()["paths"].as_object().unwrap() {
            let named: BTreeSet<_> =
                path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
            let all = item.as_object().unwrap().values().filter_map(|operation| operation.get("parameters"));
            let own = item.get("parameters").into_iter().chain(all).flat_map(|list| list.as_array().unwrap());
            let described: BTreeSet<_> =
                own.filter(|one| one["in"] == "path").map(|one| one["name"].as_str().unwrap()).collect();
            assert_eq!(described, named, "{path}");
        }
    }
}
