//! How does a user read a shape?

use super::{HEX, NUMBER, REST, UUID, is_placeholder};

/// Sequences of placeholders that have a name of their own, longer ones before their own beginnings.
const COMPOSITES: [(&str, &str); 11] = [
    ("\u{1}-\u{1}-\u{3}:\u{1}:\u{1}+\u{1}:\u{1}", "<time>"),
    ("\u{1}-\u{1}-\u{3}:\u{1}:\u{1}.\u{3}", "<time>"),
    ("\u{1}-\u{1}-\u{3}:\u{1}:\u{1}.\u{1}", "<time>"),
    ("\u{1}-\u{1}-\u{3}:\u{1}:\u{3}", "<time>"),
    ("\u{1}-\u{1}-\u{3}:\u{1}:\u{1}", "<time>"),
    ("\u{1}:\u{1}:\u{1}.\u{1}", "<time>"),
    ("\u{1}:\u{1}:\u{1}", "<time>"),
    ("\u{1}-\u{1}-\u{1}", "<date>"),
    ("\u{1}/\u{1}/\u{1}", "<date>"),
    ("\u{1}.\u{1}.\u{1}.\u{1}", "<ip>"),
    ("\u{1}.\u{1}", "<num>"),
];

/// The text a user sees: placeholders as `<num>`, `<hex>`, `<*>`, `<uuid>` and `<lines>`, four numbers with dots as `<ip>`,
/// a fraction as `<num>`, dates and times as `<date>` and `<time>`.
pub fn display_shape(shape: &str) -> String {
    let mut out = String::with_capacity(shape.len() * 2);
    let mut at = 0;
    while let Some(found) = shape[at..].find(is_placeholder) {
        out.push_str(&shape[at..at + found]);
        at += found;
        let (length, name) = name_at(shape, at);
        out.push_str(name);
        at += length;
    }
    out.push_str(&shape[at..]);
    out
}

/// The name of `shape`, if all of it is one sequence that has a name.
pub(crate) fn composite(shape: &str) -> Option<&'static str> {
    COMPOSITES.iter().find(|(composite, _)| *composite == shape).map(|(_, name)| *name)
}

/// How the placeholder at `at` is called, and how much of the shape that name stands for.
fn name_at(shape: &str, at: usize) -> (usize, &'static str) {
    let (before, rest) = shape.split_at(at);
    for (composite, name) in COMPOSITES {
        let after = rest.strip_prefix(composite);
        if after.is_some_and(|after| stands_alone(before, composite, after)) {
            return (composite.len(), name);
        }
    }
    let name = match rest.chars().next() {
        Some(NUMBER) => "<num>",
        Some(HEX) => "<hex>",
        Some(UUID) => "<uuid>",
        Some(REST) => "<lines>",
        _ => "<*>",
    };
    (1, name)
}

/// Whether a sequence is whole: `1.2.3.4` within `1.2.3.4.5` is no address.
fn stands_alone(before: &str, composite: &str, after: &str) -> bool {
    let joins = |c: char| c == '.' || composite.contains(c);
    let mut before = before.chars().rev();
    let mut after = after.chars();
    let goes_back = before.next().is_some_and(joins) && before.next().is_some_and(is_placeholder);
    let goes_on = after.next().is_some_and(joins) && after.next().is_some_and(is_placeholder);
    !goes_back && !goes_on
}
