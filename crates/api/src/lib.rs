//! HTTP: the only crate that names axum and JSON shapes.
//!
//! One file a door. A handler reads parameters, asks a service, and shapes the answer; it decides nothing.

mod body;
mod clock;
mod cluster;
mod dataset;
mod delete;
mod elastic;
mod error;
mod health;
mod ingest;
mod metrics;
mod openapi;
mod params;
mod query;
mod rows;
mod search;
mod state;
mod tail;
mod web;

use std::net::SocketAddr;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use axum::serve::ListenerExt;
use girok_event::limits::BODY_BYTES_MAX;
use tokio::net::TcpListener;

pub use state::Api;

/// Serves all doors on `listener` until the server stops, then lets requests under way finish.
pub async fn serve(listener: TcpListener, api: Api) -> std::io::Result<()> {
    let stopping = api.stopping.clone();
    // An answer's head and its rows are written one after the other: none of them waits for the other's receipt.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "small pieces of answers may be late");
        }
    });
    let service = router(api).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(async move { stopping.cancelled().await }).await
}

fn router(api: Api) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/api/openapi.json", get(openapi::document))
        .route("/api/v1/ingest/{dataset}", post(ingest::ingest).put(ingest::ingest))
        .route("/api/v1/query", get(query::query).post(query::query))
        .route("/api/v1/query/parse", get(search::parse).post(search::parse))
        .route("/api/v1/sql", get(query::sql).post(query::sql))
        .route("/api/v1/hits", get(search::hits).post(search::hits))
        .route("/api/v1/facets", get(search::facets).post(search::facets))
        .route("/api/v1/patterns", get(search::patterns).post(search::patterns))
        .route("/api/v1/values", get(search::values).post(search::values))
        .route("/api/v1/fields", get(search::fields).post(search::fields))
        .route("/api/v1/datasets", get(search::datasets))
        .route("/api/v1/datasets/{name}", get(dataset::get).put(dataset::put))
        .route("/api/v1/delete", post(delete::delete))
        .route("/api/v1/tail", get(tail::tail).post(tail::tail))
        .merge(operators())
        .route("/", any(elastic::root))
        .merge(elastic::routes())
        .fallback(get(web::asset))
        .layer(axum::middleware::map_response(ingest::retry_after))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(api)
}

/// The log for operators.
fn operators() -> Router<Api> {
    Router::new()
        .route("/api/v1/cluster", get(cluster::brokers::cluster))
        .route(
            "/api/v1/cluster/throughput",
            get(cluster::throughput::throughput).post(cluster::throughput::throughput),
        )
        .route("/api/v1/topics", get(cluster::topics::list).post(cluster::topics::create))
        .route(
            "/api/v1/topics/{name}",
            get(cluster::topics::describe).patch(cluster::topics::alter).delete(cluster::topics::delete),
        )
        .route("/api/v1/groups", get(cluster::groups::list))
        .route("/api/v1/groups/{name}", get(cluster::groups::describe).delete(cluster::groups::delete))
        .route("/api/v1/groups/{name}/offsets", post(cluster::groups::reset))
}
