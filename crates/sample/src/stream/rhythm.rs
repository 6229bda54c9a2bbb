//! How busy is an hour of the day?

const NANOS_PER_DAY: i64 = 86_400 * 1_000_000_000;

/// The busiest hour, UTC.
const PEAK_HOUR: f64 = 13.0;

/// From 0.3 at night to 1 at the peak, in straight lines: no function whose last digit a machine chooses.
pub(super) fn busyness(time: i64) -> f64 {
    let hour = time.rem_euclid(NANOS_PER_DAY) as f64 / NANOS_PER_DAY as f64 * 24.0;
    let away = (hour - PEAK_HOUR).abs();
    let hours_from_peak = if away > 12.0 { 24.0 - away } else { away };
    1.0 - 0.7 * hours_from_peak / 12.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nights_are_quiet() {
        let hour = NANOS_PER_DAY / 24;
        assert!((busyness(13 * hour) - 1.0).abs() < 1e-9);
        assert!((busyness(hour) - 0.3).abs() < 1e-9);
        assert!((busyness(-11 * hour) - 1.0).abs() < 1e-9);
    }
}
