//! Moments as an operator reads them.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// A moment in the paper's zone, to the second, with its distance from UTC.
pub(super) fn local(moment: DateTime<Utc>, zone: Tz) -> String {
    let local = moment.with_timezone(&zone);
    local.format("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// A length of time in its two largest units, such as `3 d 4 h`.
pub(super) fn length(time: TimeDelta) -> String {
    let (days, hours) = (time.num_days(), time.num_hours() % 24);
    let (minutes, seconds) = (time.num_minutes() % 60, time.num_seconds() % 60);
    match (days, hours, minutes) {
        (1.., ..) => format!("{days} d {hours} h"),
        (_, 1.., _) => format!("{hours} h {minutes} min"),
        (_, _, 1..) => format!("{minutes} min {seconds} s"),
        _ => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::{length, local};

    #[test]
    fn moments_stand_in_the_papers_zone() {
        let moment: DateTime<Utc> = "2026-11-24T20:30:00Z".parse().expect("a date");
        let spelled = local(moment, chrono_tz::Asia::Shanghai);
        assert_eq!(spelled, "2026-11-25 04:30:00 +08:00");
    }

    #[test]
    fn lengths_have_two_units() {
        let text = |seconds| length(TimeDelta::seconds(seconds));
        assert_eq!(text(5), "5 s");
        assert_eq!(text(125), "2 min 5 s");
        assert_eq!(text(7_500), "2 h 5 min");
        assert_eq!(text(100_000), "1 d 3 h");
    }
}
