//! Times as transcripts write them: RFC 3339.

use std::ops::RangeInclusive;

use crate::units::Timestamp;

/// Milliseconds that are taken for a time: the years 0 to 9999.
pub(super) const RANGE: RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

/// `2026-03-01T09:30:00.250+01:00`; a blank may stand for the `T`. Without an offset it is UTC.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if !text.is_ascii() || text.len() < 16 {
        return None;
    }
    let (date, rest) = text.split_at(10);
    let clock = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, offset_minutes) = split_offset(clock)?;
    let mut date = date.split('-');
    let year = number(date.next()?, 4, 0..=9999)?;
    let month = number(date.next()?, 2, 1..=12)?;
    let day = number(date.next()?, 2, 1..=days_of(year, month))?;
    let (clock, millis) = match clock.split_once('.') {
        Some((clock, digits)) => (clock, fraction(digits)?),
        None => (clock, 0),
    };
    let mut clock = clock.split(':');
    let hour = number(clock.next()?, 2, 0..=23)?;
    let minute = number(clock.next()?, 2, 0..=59)?;
    let second = clock.next().map_or(Some(0), |text| number(text, 2, 0..=59))?;
    if date.next().is_some() || clock.next().is_some() {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
        - offset_minutes * 60;
    Some(Timestamp::from_millis(seconds * 1_000 + millis))
}

/// The clock and the minutes its zone is ahead of UTC.
fn split_offset(clock: &str) -> Option<(&str, i64)> {
    if let Some(clock) = clock.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = clock.rfind(['+', '-']) else { return Some((clock, 0)) };
    let (clock, offset) = clock.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = offset[1..].split_once(':')?;
    Some((clock, sign * (number(hours, 2, 0..=23)? * 60 + number(minutes, 2, 0..=59)?)))
}

fn number(text: &str, digits: usize, range: RangeInclusive<i64>) -> Option<i64> {
    let is_plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok())?.filter(|number| range.contains(number))
}

/// Milliseconds of a fraction of a second.
fn fraction(digits: &str) -> Option<i64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{digits:0<3}")[..3].parse().ok()
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March, so that
/// the leap day is the last of its year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 719_469
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_many_places_are_read() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T12:00:00.5Z", Some(951_825_600_500)),
            ("2026-03-01 09:30:00+01:00", Some(1_772_353_800_000)),
            ("2026-03-01T09:30", Some(1_772_357_400_000)),
            ("1969-12-31T23:59:59.999-00:00", Some(-1)),
            ("2026-02-29T00:00:00Z", None),
            ("2026-03-01T24:00:00Z", None),
            ("2026-03-01T09:30:00+1:00", None),
            ("2026-3-1T09:30:00Z", None),
            ("yesterday at four", None),
            ("2026-03-01T09:30:00.Z", None),
        ] {
            assert_eq!(parse(text).map(Timestamp::as_millis), millis, "{text}");
        }
    }
}
