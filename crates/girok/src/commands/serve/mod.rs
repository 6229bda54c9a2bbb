//! `girok serve`: all services in one process, until it is told to stop.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use tokio::runtime::Runtime;

use crate::config::{self, Config, ServeArgs};

mod services;

pub(crate) use services::{Services, now};

pub(crate) fn run(args: &ServeArgs) -> Result<ExitCode> {
    let loaded = config::load(args, std::env::vars())?;
    start_logging();
    for warning in &loaded.warnings {
        tracing::warn!(%warning, "configuration");
    }
    serve(&loaded.config, async |_| Ok(()))
}

/// Starts everything, runs `beside` with it, and stops in the reverse order.
pub(crate) fn serve(config: &Config, beside: impl AsyncFnOnce(&Services) -> Result<()>) -> Result<ExitCode> {
    let runtime = start_runtime()?;
    let services = runtime.block_on(Services::start(config))?;
    announce(&services);
    runtime.block_on(beside(&services))?;
    runtime.block_on(stop_signal())?;
    tracing::info!("stopping");
    runtime.block_on(services.stop())?;
    Ok(ExitCode::SUCCESS)
}

/// What scripts and people wait for: the address, on standard output.
fn announce(services: &Services) {
    let http = Some(format!("girok is ready: http://{}", services.http));
    let syslog = services.syslog.as_ref().map(|syslog| format!("syslog (UDP and TCP): {}", syslog.address()));
    let kafka = services.kafka.as_ref().map(|kafka| format!("kafka: {}", kafka.address()));
    for line in [http, syslog, kafka].into_iter().flatten() {
        say(&line);
    }
}

/// A server does not end because nobody reads what it says.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Logs to standard error; `GIROK_LOG` chooses how much.
pub(crate) fn start_logging() {
    use tracing_subscriber::EnvFilter;
    let filter =
        EnvFilter::try_from_env("GIROK_LOG").unwrap_or_else(|_| EnvFilter::new("info,datafusion=warn"));
    // A second start in one process (tests) keeps the first.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

fn start_runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .thread_name("door")
        .enable_all()
        .build()
        .context("cannot start the threads of the doors")
}

async fn stop_signal() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot listen for Ctrl-C"),
    }
}
