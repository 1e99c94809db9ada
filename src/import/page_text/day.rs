//! The day that a page names. It is for the report only: no rule can decide which of a page's days is the day of
//! publication.

/// A day as the page has it. The year is given only if the page bears it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayMention {
    pub text: String,
    pub line: usize,
    pub month: u32,
    pub day: u32,
    pub year: Option<i32>,
}

/// In English the whole name or its first three or four letters.
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

/// The months of other languages, written small. Short forms that are words elsewhere (`mar`, `out`, `set`) are not among them.
const OTHER_MONTHS: &[(&str, u32)] = &[
    ("janvier", 1),
    ("janv", 1),
    ("februar", 2),
    ("février", 2),
    ("févr", 2),
    ("fév", 2),
    ("mars", 3),
    ("avril", 4),
    ("avr", 4),
    ("mai", 5),
    ("juin", 6),
    ("juillet", 7),
    ("juil", 7),
    ("août", 8),
    ("septembre", 9),
    ("sept", 9),
    ("octobre", 10),
    ("oct", 10),
    ("novembre", 11),
    ("nov", 11),
    ("décembre", 12),
    ("déc", 12),
    ("januar", 1),
    ("märz", 3),
    ("juni", 6),
    ("juli", 7),
    ("oktober", 10),
    ("okt", 10),
    ("dezember", 12),
    ("dez", 12),
    ("enero", 1),
    ("febrero", 2),
    ("marzo", 3),
    ("abril", 4),
    ("mayo", 5),
    ("junio", 6),
    ("julio", 7),
    ("agosto", 8),
    ("septiembre", 9),
    ("octubre", 10),
    ("noviembre", 11),
    ("diciembre", 12),
    ("janeiro", 1),
    ("fevereiro", 2),
    ("março", 3),
    ("maio", 5),
    ("junho", 6),
    ("julho", 7),
    ("setembro", 9),
    ("outubro", 10),
    ("novembro", 11),
    ("dezembro", 12),
    ("gennaio", 1),
    ("febbraio", 2),
    ("aprile", 4),
    ("maggio", 5),
    ("giugno", 6),
    ("luglio", 7),
    ("settembre", 9),
    ("ottobre", 10),
    ("يناير", 1),
    ("فبراير", 2),
    ("مارس", 3),
    ("أبريل", 4),
    ("إبريل", 4),
    ("مايو", 5),
    ("يونيو", 6),
    ("يوليو", 7),
    ("أغسطس", 8),
    ("سبتمبر", 9),
    ("أكتوبر", 10),
    ("نوفمبر", 11),
    ("ديسمبر", 12),
    ("جانفي", 1),
    ("فيفري", 2),
    ("أفريل", 4),
    ("جوان", 6),
    ("جويلية", 7),
    ("أوت", 8),
    ("شباط", 2),
    ("آذار", 3),
    ("نيسان", 4),
    ("أيار", 5),
    ("حزيران", 6),
    ("تموز", 7),
    ("آب", 8),
    ("أيلول", 9),
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
            let (length, year, month, day) = read(&chars, at)?;
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

/// Length in characters, year, month, day.
type ParsedDay = (usize, Option<i32>, u32, u32);

/// The day that begins at a place: its length in characters, year, month and day.
pub(super) fn read(chars: &[char], at: usize) -> Option<ParsedDay> {
    let rest = &chars[at..];
    let first = *rest.first()?;
    // Whatever begins otherwise is no date; most of a page ends here.
    if !(digit(first).is_some() || first.is_alphabetic() || first == '〇') {
        return None;
    }
    han(rest)
        .or_else(|| era(rest))
        .or_else(|| in_han_numerals(rest))
        .or_else(|| figures(rest))
        .or_else(|| latin(chars, at))
}

/// The text is one date and nothing else.
pub(super) fn is_date(text: &str) -> bool {
    let chars: Vec<char> = text.trim().chars().collect();
    read(&chars, 0).is_some_and(|(used, ..)| used == chars.len())
}

/// The day that a text names in full, year and all, if it is nothing else: `2025年2月28日`, `28 février 2025`.
pub fn whole(text: &str) -> Option<(i32, u32, u32)> {
    let chars: Vec<char> = text.trim().chars().collect();
    let (used, year, month, day) = read(&chars, 0)?;
    (used == chars.len()).then_some((year?, month, day))
}

/// The text ends in a day.
pub(super) fn ends_with_date(text: &str) -> bool {
    const LONGEST_DATE_CHARACTERS: usize = 24;
    let mut end: Vec<char> = text.chars().rev().take(LONGEST_DATE_CHARACTERS).collect();
    end.reverse();
    (0..end.len()).any(|at| {
        read(&end, at).is_some_and(|(used, year, ..)| at + used == end.len() && year.is_some())
    })
}

/// `2月28日`, `2025年2月28日`, `115年11月24日`, `2026년 11월 24일`, also with full-width digits.
fn han(chars: &[char]) -> Option<ParsedDay> {
    let (used, number) = digits(chars)?;
    if !matches!(chars.get(used), Some('年' | '년')) {
        return month_and_day(chars);
    }
    let year = i32::try_from(number).ok().and_then(|y| match used {
        4 if is_year(y) => Some(y),
        // Taiwan counts from 1912.
        3 if (100..=199).contains(&y) => Some(y + 1911),
        _ => None,
    })?;
    let start = used + 1 + blanks(&chars[used + 1..]);
    let (rest, _, month, day) = month_and_day(&chars[start..])?;
    Some((start + rest, Some(year), month, day))
}

fn month_and_day(chars: &[char]) -> Option<ParsedDay> {
    let (used, month) = digits(chars)?;
    let after = chars[used..]
        .strip_prefix(&['月'])
        .or_else(|| chars[used..].strip_prefix(&['월']))?;
    let gap = blanks(after);
    let (day_used, day) = digits(&after[gap..])?;
    let end = gap + day_used;
    let whole = matches!(after.get(end), Some('日' | '일')) && used <= 2 && day_used <= 2;
    (whole && is_day(month, day)).then_some((used + end + 2, None, month, day))
}

/// `民國115年11月24日`, `令和8年11月24日`.
fn era(chars: &[char]) -> Option<ParsedDay> {
    const ERAS: [(&str, i32); 6] = [
        ("中華民國", 1911),
        ("民國", 1911),
        ("民国", 1911),
        ("令和", 2018),
        ("平成", 1988),
        ("昭和", 1925),
    ];
    let (length, before) = ERAS.iter().find_map(|(name, before)| {
        let length = name.chars().count();
        let same = chars.len() > length && name.chars().zip(chars).all(|(a, b)| a == *b);
        same.then_some((length, *before))
    })?;
    let (used, number) = digits(&chars[length..])?;
    let behind = chars[length + used..].strip_prefix(&['年'])?;
    let year = before
        + i32::try_from(number)
            .ok()
            .filter(|y| (1..=199).contains(y))?;
    let (rest, _, month, day) = month_and_day(behind)?;
    Some((length + used + 1 + rest, Some(year), month, day))
}

/// `二〇二六年十一月二十一日`. Without a year such words are mostly the text's own.
fn in_han_numerals(chars: &[char]) -> Option<ParsedDay> {
    let numeral = |c: &char| "〇○零一二三四五六七八九".chars().position(|n| n == *c);
    let mut year = 0;
    for c in chars.get(..4)? {
        let value = numeral(c)?.saturating_sub(2);
        year = year * 10 + i32::try_from(value).ok()?;
    }
    let behind = chars[4..].strip_prefix(&['年'])?;
    let (month_used, month) = below_hundred(behind)?;
    let after = behind[month_used..].strip_prefix(&['月'])?;
    let (day_used, day) = below_hundred(after)?;
    after[day_used..].strip_prefix(&['日'])?;
    let whole = is_year(year) && is_day(month, day);
    whole.then_some((
        4 + 1 + month_used + 1 + day_used + 1,
        Some(year),
        month,
        day,
    ))
}

/// `十一`, `二十`, `廿一`, `九`.
fn below_hundred(chars: &[char]) -> Option<(usize, u32)> {
    let unit = |c: Option<&char>| {
        let place = "一二三四五六七八九".chars().position(|n| Some(&n) == c)?;
        u32::try_from(place + 1).ok()
    };
    let first = unit(chars.first());
    let (used, tens) = match (chars.first()?, chars.get(1)) {
        ('十', _) => (1, 10),
        ('廿', _) => (1, 20),
        (_, Some('十')) => (2, first? * 10),
        _ => return Some((1, first?)),
    };
    Some(match unit(chars.get(used)) {
        Some(ones) => (used + 1, tens + ones),
        None => (used, tens),
    })
}

/// `2026-11-21`, `2026/11/21`, `2026.11.21`.
fn figures(chars: &[char]) -> Option<ParsedDay> {
    let (used, year) = digits(chars)?;
    let year = i32::try_from(year)
        .ok()
        .filter(|y| used == 4 && is_year(*y))?;
    let mark = *chars.get(used).filter(|c| matches!(c, '-' | '/' | '.'))?;
    let (month_used, month) = digits(&chars[used + 1..])?;
    let after = &chars[used + 1 + month_used..];
    let (day_used, day) = digits(after.strip_prefix(&[mark])?)?;
    let end = used + 1 + month_used + 1 + day_used;
    let ends = chars.get(end).is_none_or(|c| digit(*c).is_none());
    (month_used <= 2 && day_used <= 2 && ends && is_day(month, day)).then_some((
        end,
        Some(year),
        month,
        day,
    ))
}

/// `Feb. 28`, `February 28, 2025`, `28 February 2025`, `1er décembre`, `24. November 2026`, `24 de noviembre de 2026`, `24 نوفمبر`.
fn latin(chars: &[char], at: usize) -> Option<ParsedDay> {
    if at > 0 && chars[at - 1].is_alphanumeric() {
        return None;
    }
    let rest = &chars[at..];
    if let Some((used, month)) = english_month(rest) {
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
    let ordinal = [
        &['.'][..],
        &['e', 'r'],
        &['s', 't'],
        &['n', 'd'],
        &['r', 'd'],
        &['t', 'h'],
    ]
    .iter()
    .find(|o| rest[used..].starts_with(o))
    .map_or(0, |o| o.len());
    let mut name = used + ordinal + blanks(&rest[used + ordinal..]);
    if name == used {
        return None;
    }
    name += joint(&rest[name..]);
    let (name_used, month) = month_name(&rest[name..])?;
    let end = name + name_used;
    let gap = blanks(&rest[end..]);
    let gap = gap + joint(&rest[end + gap..]);
    let year = if gap > 0 {
        full_year(&rest[end + gap..])
    } else {
        None
    };
    let whole = used <= 2 && is_day(month, day);
    whole.then_some((
        end + if year.is_some() { gap + 4 } else { 0 },
        year,
        month,
        day,
    ))
}

/// `de` between the parts of a date.
fn joint(chars: &[char]) -> usize {
    if chars.starts_with(&['d', 'e', ' ']) {
        3
    } else {
        0
    }
}

fn english_month(chars: &[char]) -> Option<(usize, u32)> {
    let word: String = chars
        .iter()
        .take(10)
        .take_while(|c| c.is_ascii_alphabetic())
        .collect();
    let length = word.len();
    let index = MONTHS
        .iter()
        .position(|m| *m == word || ((3..=4).contains(&length) && m.starts_with(&word)))?;
    let dot = usize::from(chars.get(length) == Some(&'.'));
    Some((length + dot, u32::try_from(index + 1).ok()?))
}

/// In whatever language.
fn month_name(chars: &[char]) -> Option<(usize, u32)> {
    if let Some(found) = english_month(chars) {
        return Some(found);
    }
    let word: String = chars
        .iter()
        .take(12)
        .take_while(|c| c.is_alphabetic())
        .flat_map(|c| c.to_lowercase())
        .collect();
    let (_, month) = OTHER_MONTHS.iter().find(|(name, _)| *name == word)?;
    let length = word.chars().count();
    let dot = usize::from(chars.get(length) == Some(&'.') && length <= 5);
    Some((length + dot, *month))
}

fn blanks(chars: &[char]) -> usize {
    chars
        .iter()
        .take_while(|c| matches!(c, ' ' | '\u{A0}' | '\u{202F}' | '\u{3000}'))
        .count()
}

/// Four digits.
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

pub(super) fn digit(c: char) -> Option<u32> {
    match c {
        '０'..='９' => Some(c as u32 - '０' as u32),
        '\u{660}'..='\u{669}' => Some(c as u32 - 0x660),
        '\u{6F0}'..='\u{6F9}' => Some(c as u32 - 0x6F0),
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
