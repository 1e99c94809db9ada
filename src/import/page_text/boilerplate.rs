//! Lines that belong to the paper and not to the article: page headers, dates, times, page numbers, names of papers and
//! sites, staff, signs of the end.

use super::{day, glyph, word};

/// Maximum width of a page's header.
const LONGEST_COLUMNS: usize = 90;
/// Maximum width of a sign-off, which names everybody who worked on the story.
const LONGEST_SIGN_OFF_COLUMNS: usize = 200;
/// Maximum width of the name of the section or the paper, which a header has besides date and page.
const LONGEST_NAME_COLUMNS: usize = 28;

const OF_THE_PAGE: &str =
    "looks like the paper's own furniture (page, staff, continuation); delete it if it is";
const ONLY_A_DATE: &str = "only a date or time: of the paper or of the site, not of the story; delete it if it says nothing more";
const ONLY_A_NUMBER: &str = "only a number, as pages have it; delete it if it is the page's";
const NAME_OF_PAPER: &str = "looks like the name of a paper or section; it is no headline, delete it if it is the paper's own";
const ADDRESS: &str = "only an address; delete it if it is the paper's own";
const SIGN_OFF: &str = "an agency's or desk's sign-off; delete it, or name whom it names";
pub(super) const BARE_NAME: &str = "only a name: it may be the author's; name the author by hand";

const STAFF: &[&str] = &[
    "责任编辑",
    "责编",
    "本版编辑",
    "本版责编",
    "版面编辑",
    "版式",
    "本版制图",
    "制图:",
    "制图/",
    "版面设计",
    "设计:",
    "校对",
    "美编",
    "编辑:",
    "编辑 ",
    "主编:",
    "监制:",
    "审校",
    "视觉:",
    "值班",
    "排版",
    "上接",
    "详见",
    "相关新闻",
    "相关报道",
    "更多新闻",
    "下转",
    "上转",
    "转下页",
    "接上页",
    "统筹:",
    "编审",
    "核稿",
];
/// Words for staff in scripts with spaces, in lower case.
const SPACED_STAFF: &[&str] = &[
    "continued on page",
    "continued from page",
    "continued on ",
    "see page",
    "page editor",
    "suite en page",
    "suite page",
    "lire page",
    "fortsetzung auf seite",
    "fortsetzung von seite",
    "sigue en la página",
    "viene de la página",
];
const SIGN_OFFS: &[&str] = &[
    "reporting by ",
    "editing by ",
    "additional reporting",
    "writing by ",
    "compiled by ",
    "edited by ",
    "with files from ",
    "with reporting",
    "copyright ",
    "© 20",
    "(c) 20",
    "all rights reserved",
    "read more",
    "-ends-",
    "ends",
    "(end)",
    "###",
    "-30-",
    "also read",
    "tous droits réservés",
    "alle rechte vorbehalten",
    "our standards:",
];
/// Endings of a line below the byline that gives the post of the author.
const POSTS: &[&str] = &[
    "staff writer",
    "staff reporter",
    "staff writers",
    " correspondent",
    "special to the",
    "press writer",
    " bureau chief",
];
const LABELS: &[&str] = &[
    "发布时间",
    "发布于",
    "更新时间",
    "更新于",
    "最后更新",
    "更新",
    "发布",
    "出版",
    "时间",
    "日期",
    "提要时间",
    "版次",
];
const SPACED_LABELS: &[&str] = &[
    "published on",
    "published",
    "updated on",
    "updated",
    "last updated",
    "posted on",
    "posted",
    "publié le",
    "mis à jour le",
    "veröffentlicht am",
    "aktualisiert am",
    "publicado el",
    "actualizado el",
    "stand",
    "publicado em",
    "نشر في",
    "تاريخ النشر",
    "آخر تحديث",
    "입력",
    "수정",
    "등록",
];
const WEEKDAYS: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
    "segunda-feira",
    "terça-feira",
    "quarta-feira",
    "quinta-feira",
    "sexta-feira",
    "الأحد",
    "الاثنين",
    "الإثنين",
    "الثلاثاء",
    "الأربعاء",
    "الخميس",
    "الجمعة",
    "السبت",
    "월요일",
    "화요일",
    "수요일",
    "목요일",
    "금요일",
    "토요일",
    "일요일",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
];
const HAN_WEEKDAYS: &[&str] = &["星期", "礼拜", "周"];
const DAYS: &str = "一二三四五六日天月火水木金土";
const PAGES: &[&str] = &[
    "page",
    "p.",
    "pg.",
    "seite",
    "pagina",
    "página",
    "pág.",
    "الصفحة",
    "صفحة",
];
/// Endings of the names of papers, in Han.
const HAN_PAPERS: &[&str] = &[
    "日报",
    "晚报",
    "早报",
    "晨报",
    "时报",
    "商报",
    "快报",
    "周报",
    "周刊",
    "都市报",
    "青年报",
    "新报",
    "大公报",
    "文汇报",
    "明报",
    "信报",
    "朝刊",
    "夕刊",
    "新闻网",
    "农民报",
    "工人报",
    "法治报",
    "广播电视报",
    "电子报",
    "电子版",
    "数字报",
];
const PAPERS: &[&str] = &[
    "times",
    "post",
    "herald",
    "standard",
    "guardian",
    "gazette",
    "tribune",
    "chronicle",
    "journal",
    "observer",
    "mail",
    "star",
    "telegraph",
    "independent",
    "express",
    "mirror",
    "courier",
    "press",
    "echo",
    "argus",
    "record",
    "bulletin",
    "dispatch",
    "examiner",
    "mercury",
    "advertiser",
    "sentinel",
    "ledger",
    "globe",
    "monitor",
    "review",
    "weekly",
    "daily",
    "news",
    "paper",
    "courrier",
    "dépêche",
    "quotidien",
    "zeitung",
    "tageblatt",
    "anzeiger",
    "rundschau",
    "nachrichten",
    "kurier",
    "diario",
    "correo",
    "noticias",
    "jornal",
    "presse",
    "dispatch",
];
const ARTICLES: &[&str] = &[
    "the ", "le ", "la ", "l'", "l’", "der ", "die ", "el ", "o ",
];

/// The reason for which a line is set aside as boilerplate; `None` where it is none.
pub(super) fn read(text: &str) -> Option<&'static str> {
    let inner = glyph::unbracketed(text);
    if glyph::width(text) > LONGEST_COLUMNS {
        let named = glyph::width(text) <= LONGEST_SIGN_OFF_COLUMNS && is_sign_off(inner);
        return named.then_some(SIGN_OFF);
    }
    if is_of_page(inner) {
        return Some(OF_THE_PAGE);
    }
    if is_sign_off(inner) {
        return Some(SIGN_OFF);
    }
    if is_address(inner) {
        return Some(ADDRESS);
    }
    if is_paper(inner) {
        return Some(NAME_OF_PAPER);
    }
    // Without a figure there is neither date nor page.
    let figures = text.contains(|c: char| c.is_numeric() || c == '〇');
    figures.then(|| Tokens::of(text).what())?
}

fn is_of_page(text: &str) -> bool {
    let issue =
        ["صحيفة ", "جريدة "].iter().any(|w| text.starts_with(w)) && text.contains(char::is_numeric);
    if issue || (word::strip_caseless(text, "see ").is_some() && text.contains("Page ")) {
        return glyph::width(text) <= 60;
    }
    let short = glyph::width(text) <= 60 && !glyph::ends_with_full_stop(text);
    let numbered = text
        .strip_suffix('版')
        .is_some_and(|t| t.ends_with(|c: char| c.is_numeric()));
    let weekday = (word::contains(text, "星期") || word::contains(text, "农历"))
        && text.contains('月')
        && text.contains('日');
    let staff = word::starts_with_any(text, STAFF)
        || word::strip_any_caseless(text, SPACED_STAFF).is_some();
    let continued = text.contains('面')
        && (text.ends_with("続く") || text.ends_with("続き") || text.contains("関連記事"));
    short && (staff || numbered || weekday || continued)
}

fn is_sign_off(text: &str) -> bool {
    let small = text.to_lowercase();
    let has_sign = |sign: &&str| match *sign {
        "ends" => small == "ends",
        sign => small.starts_with(sign),
    };
    // The initials of those who wrote, edited and sent it: `jd/ab/cd`.
    let parts = || text.split(['/', '-']);
    let initial = |p: &str| (2..=4).contains(&p.len()) && p.chars().all(|c| c.is_ascii_lowercase());
    let initials = text.contains('/') && parts().all(initial);
    let post = POSTS.iter().any(|p| small.ends_with(p)) && text.split_whitespace().count() <= 5;
    SIGN_OFFS.iter().any(has_sign) || initials || post
}

fn is_address(text: &str) -> bool {
    const DOMAINS: &[&str] = &[
        ".com", ".cn", ".hk", ".tw", ".jp", ".net", ".org", ".fr", ".de", ".uk", ".kr", ".info",
        ".news", ".example",
    ];
    if text.contains('@') && text.starts_with('(') {
        return true;
    }
    let host = text.split('/').next().unwrap_or_default();
    let one = !text.contains(char::is_whitespace) && text.is_ascii() && text.len() >= 6;
    let web =
        text.starts_with("http://") || text.starts_with("https://") || text.starts_with("www.");
    one && (web || text.contains('@') || DOMAINS.iter().any(|d| host.ends_with(d)))
}

/// Whether a text is the name of a paper: `滨海日报`, `The Harbour Herald`, `大公報A12`.
fn is_paper(text: &str) -> bool {
    if glyph::width(text) > LONGEST_NAME_COLUMNS {
        return false;
    }
    if glyph::has_cjk(text) {
        let han = text.chars().all(|c| glyph::is_han(c) || c.is_whitespace());
        let squeezed: String = text.split_whitespace().collect();
        let japanese = squeezed.ends_with("新聞")
            && !squeezed.starts_with([
                '國', '即', '本', '港', '要', '體', '財', '兩', '社', '政', '地', '頭',
            ]);
        let named = word::strip_any_end(&squeezed, HAN_PAPERS).is_some() || japanese;
        return han && (named || is_short_paper(&squeezed)) && squeezed.chars().count() <= 8;
    }
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let small = |w: &str| matches!(w, "de" | "du" | "des" | "of" | "von" | "da" | "do");
    let titled = text
        .split_whitespace()
        .all(|w| w.starts_with(char::is_uppercase) || small(w));
    let named = words.last().is_some_and(|w| PAPERS.contains(&w.as_str()));
    let article = word::strip_any_caseless(text, ARTICLES).is_some();
    // In French and German the noun stands first: `Le Courrier de Portneuf`.
    let english = word::strip_caseless(text, "the ").is_some();
    let first = words
        .get(1)
        .is_some_and(|w| PAPERS.contains(&w.as_str()) && !english);
    (2..=5).contains(&words.len()) && titled && article && (named || first)
}

/// Whether a text that ends in `报` is the name of a paper: `人民滨海报`, but not `天气预报`.
fn is_short_paper(text: &str) -> bool {
    const NO_PAPERS: &[&str] = &[
        "简", "海", "预", "公", "喜", "战", "情", "通", "捷", "年", "月", "壁", "汇", "申", "举",
        "快", "警", "播",
    ];
    let name = word::strip_any_end(text, &["报"]).filter(|name| name.chars().count() >= 3);
    // `人民滨海` ends like a poster, but is longer than one.
    name.is_some_and(|name| {
        let long = name.chars().count() >= 4 && name.ends_with('海');
        long || word::strip_any_end(name, NO_PAPERS).is_none()
    })
}

/// The dates, times, page numbers and other words of a line.
#[derive(Debug, Default)]
struct Tokens {
    dates: usize,
    dated_in_full: bool,
    times: usize,
    pages: usize,
    /// The number of pages that are named with a word or letter, not with a number alone.
    named_pages: usize,
    numbers: usize,
    /// Whether there is a number that begins with a zero, as those of pages do.
    zeroed: bool,
    rest: Vec<String>,
    parted: bool,
}

impl Tokens {
    fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().map(word::simplified).collect();
        let original: Vec<char> = text.chars().collect();
        let mut tokens = Self::default();
        let mut at = 0;
        while at < chars.len() {
            if is_mark(chars[at]) {
                tokens.parted |= matches!(chars[at], '|' | ':');
                at += 1;
                continue;
            }
            at += tokens.take(&chars, &original, at);
        }
        tokens
    }

    /// Takes the token at a place; returns its length in characters.
    fn take(&mut self, chars: &[char], original: &[char], at: usize) -> usize {
        let rest: String = chars[at..].iter().collect();
        if let Some((used, year, ..)) = day::read(original, at) {
            self.dates += 1;
            self.dated_in_full |= year.is_some();
            return used;
        }
        if let Some(used) = weekday(&rest).or_else(|| label(&rest)) {
            return used;
        }
        if let Some(used) = time(&chars[at..]) {
            self.times += 1;
            return used;
        }
        if let Some(used) = page(&chars[at..], &rest) {
            self.pages += 1;
            self.named_pages += 1;
            return used;
        }
        let used = chars[at..]
            .iter()
            .take_while(|c| !is_mark(**c) || matches!(c, '-' | '.'))
            .count()
            .max(1);
        let word: String = original[at..at + used].iter().collect();
        if word.chars().all(|c| day::digit(c).is_some()) && used <= 3 {
            self.numbers += 1;
            self.zeroed |= used == 2 && chars[at] == '0';
        } else if is_year(&word) {
            self.dated_in_full = true;
        } else if !matches!(
            word.to_lowercase().as_str(),
            "at" | "on"
                | "à"
                | "um"
                | "uhr"
                | "h"
                | "le"
                | "am"
                | "pm"
                | "a.m."
                | "p.m."
                | "gmt"
                | "utc"
                | "no"
        ) {
            self.rest.push(word);
        }
        used
    }

    fn what(&self) -> Option<&'static str> {
        let recognized = self.dates + self.times + self.pages;
        if self.rest.is_empty() {
            return match (recognized, self.pages, self.numbers) {
                (0, _, 1) => Some(ONLY_A_NUMBER),
                (0, ..) => None,
                (_, 0, _) => Some(ONLY_A_DATE),
                (_, _, 0) if self.dates + self.times == 0 => Some(ONLY_A_NUMBER),
                _ => Some(OF_THE_PAGE),
            };
        }
        let name = self.rest.join(" ");
        let short = glyph::width(&name) <= LONGEST_NAME_COLUMNS && !glyph::is_closed(&name);
        let headed = self.named_pages > 0 && (self.dates > 0 || self.parted);
        let narrow = glyph::width(&name) <= 8;
        let dated = self.dated_in_full && (is_paper(&name) || narrow);
        // `要闻 01`, `社会　14版　31`, `A1 頭版`.
        let paged = narrow && glyph::has_cjk(&name) && (self.named_pages == 1 || self.zeroed);
        (short && (headed || dated || paged)).then_some(OF_THE_PAGE)
    }
}

/// Whether a word is a year that stands beside a day: `2026年`, `令和8年`.
fn is_year(word: &str) -> bool {
    let bare = word::strip_any(word, &["令和", "平成", "昭和", "民国", "民國"]).unwrap_or(word);
    bare.strip_suffix('年')
        .is_some_and(|n| !n.is_empty() && n.chars().all(|c| day::digit(c).is_some()))
}

fn is_mark(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '|' | '·'
                | '/'
                | ','
                | '、'
                | '-'
                | '–'
                | '—'
                | ':'
                | '('
                | ')'
                | '['
                | ']'
                | '【'
                | '】'
                | '،'
                | '.'
                | '#'
                | '_'
                | '>'
                | '~'
                | '●'
                | '■'
        )
}

fn weekday(rest: &str) -> Option<usize> {
    let han = HAN_WEEKDAYS.iter().find_map(|w| {
        let behind = word::strip(rest, w)?;
        let day = behind.chars().next()?;
        DAYS.contains(day).then(|| w.chars().count() + 1)
    });
    let japanese = || {
        let mut chars = rest.chars();
        let day = chars.next().filter(|c| DAYS.contains(*c))?;
        chars
            .as_str()
            .starts_with("曜")
            .then(|| {
                if rest.chars().nth(2) == Some('日') {
                    3
                } else {
                    2
                }
            })
            .filter(|_| day != '一')
    };
    let lunar = || word::strip(rest, "农历").map(|_| rest.chars().count());
    let spaced = || {
        WEEKDAYS.iter().find_map(|w| {
            let behind = word::strip_caseless(rest, w)?;
            (!behind.starts_with(char::is_alphabetic)).then(|| w.chars().count())
        })
    };
    han.or_else(japanese).or_else(lunar).or_else(spaced)
}

fn label(rest: &str) -> Option<usize> {
    let used = |behind: &str| rest.chars().count() - behind.chars().count();
    let han = word::strip_any(rest, LABELS)
        .filter(|b| b.starts_with([':', ' ']) || b.starts_with(|c: char| c.is_numeric()));
    let spaced = || {
        word::strip_any_caseless(rest, SPACED_LABELS)
            .filter(|b| !b.starts_with(char::is_alphabetic))
    };
    han.or_else(spaced).map(used)
}

/// The length in characters of a time with which a text begins: `14:30`, `10h30`, `5.30pm`, `14時30分`, `上午9:00`.
fn time(chars: &[char]) -> Option<usize> {
    let number = |at: usize| {
        chars[at.min(chars.len())..]
            .iter()
            .take(3)
            .take_while(|c| day::digit(**c).is_some())
            .count()
    };
    let text: String = chars.iter().take(3).collect();
    if word::starts_with_any(&text, &["上午", "下午", "凌晨", "晚上", "午前", "午後"]) {
        return time(&chars[2..]).map(|used| used + 2);
    }
    let hours = number(0);
    if !(1..=2).contains(&hours) {
        return None;
    }
    let minutes = number(hours + 1);
    let after = hours + 1 + minutes;
    match chars.get(hours)? {
        ':' | 'h' if minutes == 2 => {
            let seconds = number(after + 1);
            let seconds = if chars.get(after) == Some(&':') && seconds == 2 {
                3
            } else {
                0
            };
            Some(after + seconds)
        }
        '时' | '時' | '点' => {
            let ends = matches!(chars.get(after), Some('分'));
            Some(if minutes > 0 && ends {
                after + 1
            } else {
                hours + 1
            })
        }
        _ => None,
    }
}

/// The length in characters of a page number with which a text begins: `第03版`, `A4`, `A12版`, `Page 3`, `3面`, `03版`.
fn page(chars: &[char], rest: &str) -> Option<usize> {
    let number = |at: usize| {
        chars[at.min(chars.len())..]
            .iter()
            .take_while(|c| day::digit(**c).is_some())
            .count()
    };
    if let Some(behind) = word::strip_any_caseless(rest, PAGES) {
        let at = rest.chars().count() - behind.chars().count();
        let gap = chars[at..].iter().take_while(|c| c.is_whitespace()).count();
        let used = number(at + gap);
        return (used > 0).then_some(at + gap + used);
    }
    let ordinal = usize::from(matches!(chars.first(), Some('第')));
    let letter = usize::from(chars.get(ordinal).is_some_and(char::is_ascii_uppercase));
    let used = number(ordinal + letter);
    if used == 0 || used > 3 {
        return None;
    }
    let end = ordinal + letter + used;
    match chars.get(end) {
        Some('版' | '面') => Some(end + 1),
        Some('页' | '頁') if ordinal > 0 => Some(end + 1),
        Some(c) if c.is_alphanumeric() => None,
        _ => (letter > 0).then_some(end),
    }
}
