//! How much faster than the faster peer each question should be.

/// Faster than the faster of the peers by this factor; every other question must not be slower.
const FASTER: [(&str, f64); 6] = [
    ("count_word", 6.0),
    ("hist_minute_level_word", 4.0),
    ("phrase", 2.0),
    ("regex", 2.0),
    ("last_100_word", 8.0),
    ("needle_trace_id", 2.0),
];

/// All facets may take as much as so many questions for the top values of one field.
pub(super) const FACETS_OF_TOP_VALUES: f64 = 3.0;

/// The factor wanted of a question.
pub(super) fn factor(name: &str) -> f64 {
    FASTER.iter().find(|(known, _)| *known == name).map_or(1.0, |(_, factor)| *factor)
}
