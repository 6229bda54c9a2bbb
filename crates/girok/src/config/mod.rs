//! What is configured: defaults, then the file, then `GIROK_…` variables, then flags; the later wins.
//!
//! What people write is a list of [`Setting`]s, each with its place of origin; what is meant is a
//! [`Config`], complete and checked. [`keys::KEYS`] is the one table of what can be set.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::Args;

use keys::{KEYS, Key};

pub(crate) use keys::bytes;
pub(crate) use meant::Config;

mod file;
mod keys;
mod meant;
#[cfg(test)]
mod tests;

/// Settings of `serve` on the command line.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ServeArgs {
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE", env = "GIROK_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Where everything is kept
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<String>,
    /// Address for HTTP: the page, the API, the compatible doors
    #[arg(long, value_name = "ADDR")]
    pub(crate) http: Option<String>,
    /// Address for syslog, UDP and TCP; `off` for none
    #[arg(long, value_name = "ADDR")]
    pub(crate) syslog: Option<String>,
    /// Address for Kafka clients; `off` for none
    #[arg(long, value_name = "ADDR")]
    pub(crate) kafka: Option<String>,
    /// Brokers of a Kafka cluster that is the commit log instead of the embedded one
    #[arg(long, value_name = "HOST:PORT,…")]
    pub(crate) kafka_bootstrap: Option<String>,
}

/// One value as written.
#[derive(Debug, Clone)]
struct Setting {
    key: &'static Key,
    value: String,
    origin: Origin,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody set it.
    Default,
    /// A line of the configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Environment(name) => f.write_str(name),
            Origin::Flag(name) => f.write_str(name),
        }
    }
}

/// The configuration in force.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// What is meant.
    pub(crate) config: Config,
    /// What looks like a mistake but does no harm.
    pub(crate) warnings: Vec<String>,
    origins: BTreeMap<&'static str, Origin>,
}

impl Loaded {
    /// Every key with its value in force and where that comes from.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&'static str, String, &Origin)> {
        KEYS.iter().map(|key| {
            let origin = self.origins.get(key.name).unwrap_or(&Origin::Default);
            (key.name, (key.show)(&self.config), origin)
        })
    }
}

/// Reads the file, the environment and the flags.
pub(crate) fn load(args: &ServeArgs, environment: impl Iterator<Item = (String, String)>) -> Result<Loaded> {
    let mut settings = match &args.config {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read configuration `{}`", path.display()))?;
            file::read(path, &text)?
        }
        None => Vec::new(),
    };
    let (from_environment, warnings) = read_environment(environment);
    settings.extend(from_environment);
    settings.extend(read_flags(args));
    resolve(settings, warnings)
}

fn resolve(settings: Vec<Setting>, warnings: Vec<String>) -> Result<Loaded> {
    let mut loaded = Loaded { config: Config::default(), warnings, origins: BTreeMap::new() };
    for Setting { key, value, origin } in settings {
        (key.set)(&mut loaded.config, &value).ok_or_else(|| {
            let value = if key.is_secret() { "…" } else { &value };
            anyhow!("cannot use `{value}` for `{}` ({origin}): expected {}", key.name, key.expected)
        })?;
        loaded.origins.insert(key.name, origin);
    }
    if loaded.config.is_clustered() {
        // Checked here, so that `check-config` says it too.
        loaded.config.cluster.security.access()?;
    }
    Ok(loaded)
}

/// Variables of known keys; one that is nearly a key is worth a warning.
fn read_environment(environment: impl Iterator<Item = (String, String)>) -> (Vec<Setting>, Vec<String>) {
    let (mut settings, mut warnings) = (Vec::new(), Vec::new());
    let mut names: Vec<_> = environment.filter(|(name, _)| name.starts_with("GIROK_")).collect();
    names.sort();
    for (name, value) in names {
        if let Some(key) = KEYS.iter().find(|key| key.variable() == name) {
            settings.push(Setting { key, value, origin: Origin::Environment(name) });
        } else if let Some(near) = nearest(&name, KEYS.iter().map(Key::variable), 2) {
            warnings.push(format!("`{name}` sets nothing; did you mean `{near}`?"));
        }
    }
    (settings, warnings)
}

fn read_flags(args: &ServeArgs) -> Vec<Setting> {
    let flags = [
        ("--data", "data.dir", &args.data),
        ("--http", "http.listen", &args.http),
        ("--syslog", "syslog.listen", &args.syslog),
        ("--kafka", "kafka.listen", &args.kafka),
        ("--kafka-bootstrap", "kafka.bootstrap.servers", &args.kafka_bootstrap),
    ];
    let setting = |(flag, name, value): (&'static str, &str, &Option<String>)| {
        let key = KEYS.iter().find(|key| key.name == name)?;
        Some(Setting { key, value: value.clone()?, origin: Origin::Flag(flag) })
    };
    flags.into_iter().filter_map(setting).collect()
}

/// The candidate that was probably meant: the one that is the fewest edits away, if they are few.
fn nearest(typed: &str, candidates: impl Iterator<Item = String>, edits_max: usize) -> Option<String> {
    let counted = candidates.map(|candidate| (strsim::osa_distance(typed, &candidate), candidate));
    let likely = counted.filter(|(edits, _)| *edits <= edits_max);
    likely.min_by_key(|(edits, _)| *edits).map(|(_, candidate)| candidate)
}
