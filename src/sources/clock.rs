//! The time of day in the local time zone.

/// Hours and minutes by the local time zone: `12:04`.
pub fn wall_clock() -> String {
    jiff::ZonedDateTime::now().strftime("%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_hours_and_minutes() {
        let now = wall_clock();
        let (hours, minutes) = now.split_once(':').unwrap();
        assert!(hours.parse::<u8>().unwrap() < 24 && minutes.parse::<u8>().unwrap() < 60);
    }
}
