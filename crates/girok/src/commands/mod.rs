//! One file a verb.

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::Verb;

pub(crate) mod bench;
pub(crate) mod check_config;
pub(crate) mod completions;
pub(crate) mod datasets;
pub(crate) mod delete;
pub(crate) mod demo;
pub(crate) mod groups;
pub(crate) mod import;
pub(crate) mod part;
pub(crate) mod query;
pub(crate) mod serve;
pub(crate) mod sql;
pub(crate) mod tail;
pub(crate) mod topics;

/// Does what was asked for.
pub(crate) fn run(verb: Verb) -> Result<ExitCode> {
    match verb {
        Verb::Serve(args) => serve::run(&args),
        Verb::Demo(args) => demo::run(&args),
        Verb::Query(args) => query::run(&args),
        Verb::Tail(args) => tail::run(&args),
        Verb::Sql(args) => sql::run(&args),
        Verb::Topics(args) => topics::run(&args),
        Verb::Groups(args) => groups::run(&args),
        Verb::Import(args) => import::run(&args),
        Verb::Datasets(args) => datasets::run(&args),
        Verb::Delete(args) => delete::run(&args),
        Verb::Part(args) => part::run(&args),
        Verb::Bench(args) => bench::run(&args),
        Verb::CheckConfig(args) => check_config::run(&args),
        Verb::Completions(args) => completions::run(&args),
    }
}
