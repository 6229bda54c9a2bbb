//! What can be typed after `girok`.

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    bench, completions, datasets, delete, demo, groups, import, part, query, sql, tail, topics,
};
use crate::config::ServeArgs;

/// Collect logs, keep them, find anything in them at once
#[derive(Debug, Parser)]
#[command(name = "girok", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run the server
    Serve(ServeArgs),
    /// Run the server with a sample stream of logs
    Demo(demo::DemoArgs),
    /// Search, and print the rows that are found
    Query(query::QueryArgs),
    /// Print events as they arrive
    Tail(tail::TailArgs),
    /// Ask in SQL, with each dataset a table
    Sql(sql::SqlArgs),
    /// Send files to a server, one event a line
    Import(import::ImportArgs),
    /// See and change the topics of the log
    Topics(topics::TopicsArgs),
    /// See and reset the consumer groups of the log
    Groups(groups::GroupsArgs),
    /// List datasets, and say how long one is kept
    Datasets(datasets::DatasetsArgs),
    /// Delete the events that a filter finds
    Delete(delete::DeleteArgs),
    /// Look into a part, or check that it is whole
    Part(part::PartArgs),
    /// Measure girok on this machine
    Bench(bench::BenchArgs),
    /// Check the configuration of `serve` and print what is in force
    CheckConfig(ServeArgs),
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
}

/// The server a client talks to.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// Address of the server
    #[arg(
        long,
        value_name = "URL",
        env = "GIROK_SERVER",
        default_value = "http://127.0.0.1:7400",
        global = true
    )]
    pub(crate) server: String,
}
