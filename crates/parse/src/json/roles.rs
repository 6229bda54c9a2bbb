//! Which fields of a JSON object are its time and its message?

/// Names of the message, the first that is there wins.
const MESSAGES: [&str; 8] = ["message", "msg", "_msg", "log", "body", "event.original", "text", "@message"];

/// Names of the time as they stand among the fields, the first that can be read wins.
const TIMES: [&str; 5] = ["field._time", "@timestamp", "timestamp", "time", "ts"];

/// A time that a shipper put into an inner object.
const INNER_TIME: &str = ".@timestamp";

const NONE: u32 = u32::MAX;

/// Positions of the fields that may be an event's time or message, by rank.
pub(super) struct Roles {
    messages: [u32; MESSAGES.len()],
    times: [u32; TIMES.len() + 1],
}

impl Default for Roles {
    fn default() -> Self {
        Roles { messages: [NONE; MESSAGES.len()], times: [NONE; TIMES.len() + 1] }
    }
}

impl Roles {
    /// Notes the field called `name`, whose value is a string, if it may be the time or the message.
    #[inline]
    pub(super) fn see_text(&mut self, name: &str, position: usize) {
        if let Some(rank) = MESSAGES.iter().position(|known| *known == name) {
            self.messages[rank] = position as u32;
        }
        self.see_time(name, position);
    }

    /// Notes the field called `name`, whose value is a number or a bool. What is called `message` is the
    /// message even so, because no other column may have that name.
    #[inline]
    pub(super) fn see_scalar(&mut self, name: &str, position: usize) {
        if name == MESSAGES[0] {
            self.messages[0] = position as u32;
        }
        self.see_time(name, position);
    }

    #[inline]
    fn see_time(&mut self, name: &str, position: usize) {
        if let Some(rank) = TIMES.iter().position(|known| *known == name) {
            self.times[rank] = position as u32;
        } else if name.ends_with(INNER_TIME) {
            self.times[TIMES.len()] = position as u32;
        }
    }

    /// Positions of possible times, the best first.
    pub(super) fn times(&self) -> impl Iterator<Item = usize> + '_ {
        set(&self.times)
    }

    /// Positions of possible messages, the best first.
    pub(super) fn messages(&self) -> impl Iterator<Item = usize> + '_ {
        set(&self.messages)
    }
}

fn set(positions: &[u32]) -> impl Iterator<Item = usize> + '_ {
    positions.iter().filter(|position| **position != NONE).map(|position| *position as usize)
}

#[cfg(test)]
mod tests {
    use girok_event::alias;

    use super::*;

    #[test]
    fn times_are_the_alias_group() {
        let group = alias::group("_time").unwrap();
        assert_eq!(TIMES[0].strip_prefix("field."), Some(group[0]));
        assert_eq!(TIMES[1..], group[1..]);
    }
}
