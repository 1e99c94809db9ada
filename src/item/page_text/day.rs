//! The day that a page names. It is for the report only: which of a page's days is the day of publication, no rule can tell.

/// A day as the page has it. The year is given only if the page bears it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayMention {
    pub text: String,
    pub line: usize,
    pub month: u32,
    pub day: u32,
    pub year: Option<i32>,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The first day named; its year from beside it, else the one year that the page names in full.
pub(super) fn first<'a>(
    lines: impl Iterator<Item = (usize, &'a str)> + Clone,
) -> Option<DayMention> {
    let mut mention = lines.clone().find_map(|(line, text)| {
        let chars: Vec<char> = text.chars().collect();
        (0..chars.len()).find_map(|at| {
            if at > 0 && digit(chars[at - 1]).is_some() {
                return None;
            }
            let (length, year, month, day) = han(&chars[at..]).or_else(|| latin(&chars, at))?;
            let text = chars[at..at + length].iter().collect();
            Some(DayMention {
                text,
                line,
                month,
                day,
                year,
            })
        })
    })?;
    if mention.year.is_none() {
        mention.year = only_year(lines.map(|(_, text)| text));
    }
    Some(mention)
}

type Found = (usize, Option<i32>, u32, u32);

/// `2月28日`, `2025年2月28日`, also with full-width digits.
fn han(chars: &[char]) -> Option<Found> {
    let (used, number) = digits(chars)?;
    if chars.get(used) == Some(&'年') {
        let year = i32::try_from(number)
            .ok()
            .filter(|y| used == 4 && is_year(*y))?;
        let (rest, _, month, day) = han(&chars[used + 1..]).filter(|f| f.1.is_none())?;
        return Some((used + 1 + rest, Some(year), month, day));
    }
    let after = chars[used..].strip_prefix(&['月'])?;
    let (day_used, day) = digits(after)?;
    let whole = after.get(day_used) == Some(&'日') && used <= 2 && day_used <= 2;
    (whole && is_day(number, day)).then_some((used + day_used + 2, None, number, day))
}

/// `Feb. 28`, `February 28, 2025`, `28 February 2025`.
fn latin(chars: &[char], at: usize) -> Option<Found> {
    if at > 0 && chars[at - 1].is_alphanumeric() {
        return None;
    }
    let rest = &chars[at..];
    if let Some((used, month)) = month_name(rest) {
        let gap = blanks(&rest[used..]);
        let (day_used, day) = digits(&rest[used + gap..])?;
        let end = used + gap + day_used;
        if gap == 0 || !is_day(month, day) || day_used > 2 {
            return None;
        }
        let year = rest[end..].strip_prefix(&[',', ' ']).and_then(full_year);
        return Some((end + if year.is_some() { 6 } else { 0 }, year, month, day));
    }
    let (used, day) = digits(rest)?;
    let gap = blanks(&rest[used..]);
    let (name_used, month) = month_name(&rest[used + gap..])?;
    let end = used + gap + name_used;
    let year = rest[end..].strip_prefix(&[' ']).and_then(full_year);
    let whole = gap > 0 && used <= 2 && is_day(month, day);
    whole.then_some((end + if year.is_some() { 5 } else { 0 }, year, month, day))
}

fn month_name(chars: &[char]) -> Option<(usize, u32)> {
    let word: String = chars
        .iter()
        .take_while(|c| c.is_ascii_alphabetic())
        .collect();
    let length = word.len();
    let index = MONTHS
        .iter()
        .position(|m| *m == word || ((3..=4).contains(&length) && m.starts_with(&word)))?;
    let dot = usize::from(chars.get(length) == Some(&'.'));
    Some((length + dot, u32::try_from(index + 1).ok()?))
}

fn blanks(chars: &[char]) -> usize {
    chars.iter().take_while(|c| **c == ' ').count()
}

fn full_year(chars: &[char]) -> Option<i32> {
    let (used, year) = digits(chars)?;
    i32::try_from(year)
        .ok()
        .filter(|y| used == 4 && is_year(*y))
}

/// A number, with how many characters it takes. Longer ones are no part of a date.
fn digits(chars: &[char]) -> Option<(usize, u32)> {
    let mut value = 0;
    let mut used = 0;
    while let Some(d) = chars.get(used).copied().and_then(digit) {
        if used == 4 {
            return None;
        }
        value = value * 10 + d;
        used += 1;
    }
    (used > 0).then_some((used, value))
}

fn digit(c: char) -> Option<u32> {
    match c {
        '０'..='９' => Some(c as u32 - '０' as u32),
        _ => c.to_digit(10),
    }
}

fn is_day(month: u32, day: u32) -> bool {
    let longest = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=longest).contains(&day)
}

fn is_year(year: i32) -> bool {
    (1800..=2199).contains(&year)
}

/// `2025年` or `Feb. 28, 2025`: the year, if all that the page names in full are the same.
fn only_year<'a>(lines: impl Iterator<Item = &'a str>) -> Option<i32> {
    let mut years: Vec<i32> = Vec::new();
    for line in lines {
        let chars: Vec<char> = line.chars().collect();
        for at in 0..chars.len() {
            if at > 0 && digit(chars[at - 1]).is_some() {
                continue;
            }
            let han = full_year(&chars[at..]).filter(|_| chars.get(at + 4) == Some(&'年'));
            let latin = || latin(&chars, at).and_then(|f| f.1);
            years.extend(han.or_else(latin));
        }
    }
    years.dedup();
    match years.as_slice() {
        [year] => Some(*year),
        _ => None,
    }
}
