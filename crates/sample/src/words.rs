//! Names that appear in the lines. None belongs to a real person, host or company.

use fastrand::Rng;

pub(crate) const SERVICES: [&str; 20] = [
    "checkout",
    "catalog",
    "search",
    "cart",
    "payment",
    "identity",
    "gateway",
    "inventory",
    "shipping",
    "notifier",
    "recommender",
    "pricing",
    "billing",
    "media",
    "reviews",
    "session",
    "scheduler",
    "reporting",
    "ledger",
    "webhooks",
];

pub(crate) const USERS: [&str; 24] = [
    "amber", "birch", "cedar", "dahlia", "elm", "fern", "garnet", "hazel", "iris", "jade", "koral", "linden",
    "maple", "nettle", "olive", "poppy", "quartz", "rowan", "sage", "tulip", "umber", "violet", "willow",
    "yarrow",
];

pub(crate) const WORDS: [&str; 32] = [
    "amber", "orbit", "lantern", "meadow", "harbor", "cobalt", "summit", "river", "ember", "quarry",
    "willow", "comet", "granite", "thicket", "beacon", "marble", "prairie", "saffron", "tundra", "velvet",
    "anchor", "breeze", "canyon", "drift", "falcon", "glacier", "hollow", "island", "juniper", "kernel",
    "lagoon", "mosaic",
];

pub(crate) const PATHS: [&str; 20] = [
    "/",
    "/api/v1/items",
    "/api/v1/items/search",
    "/api/v1/cart",
    "/api/v1/cart/lines",
    "/api/v1/orders",
    "/api/v1/orders/quote",
    "/api/v1/users/me",
    "/api/v1/sessions",
    "/api/v2/feed",
    "/api/v2/events",
    "/assets/app.js",
    "/assets/site.css",
    "/assets/logo.svg",
    "/img/banner.webp",
    "/help/returns",
    "/login",
    "/logout",
    "/healthz",
    "/api/v1/reports/daily",
];

pub(crate) const REGIONS: [&str; 6] =
    ["ap-northeast-2", "ap-southeast-1", "eu-central-1", "eu-west-1", "us-east-1", "us-west-2"];

pub(crate) const AGENTS: [&str; 6] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "curl/8.9.1",
    "ExampleBot/2.1 (+https://bot.example.com/)",
];

/// One of `all`, the first ones more often: a few things make most of the noise.
pub(crate) fn skewed<'w, T: ?Sized>(all: &[&'w T], random: &mut Rng) -> &'w T {
    all[skewed_index(all.len(), random)]
}

/// A number below `count`, small ones more often.
pub(crate) fn skewed_index(count: usize, random: &mut Rng) -> usize {
    let bits = random.u64(..);
    let (first, second) = ((bits & 0xffff_ffff) as usize, (bits >> 32) as usize);
    ((first * count) >> 32).min((second * count) >> 32)
}

/// One of `all`, each as often as the others.
pub(crate) fn any<'w, T: ?Sized>(all: &[&'w T], random: &mut Rng) -> &'w T {
    all[random.usize(..all.len())]
}
