//! Reads the names of people in bylines and credits, with the agency and office that stand before them.
//!
//! A name is taken only where it can be told from a sentence: short Han words or capitalised Latin ones, separated by
//! white space or enumeration marks. Anything else is no list of names, and the line stays in the text.

use super::{
    agency, glyph,
    office::{self, OWN, is_separator},
    place, word,
};

/// Compound surnames, which make a name of four characters likely.
const COMPOUND: [&str; 16] = [
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯",
    "长孙", "宇文", "端木", "南宫",
];

/// The usual surnames. Where no separator sets a name off from the words before it, its first character has to be one.
const SURNAMES: &str = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛奚范彭郎鲁韦昌马苗凤方俞任袁柳\
    鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅皮卞齐康伍余元卜顾孟黄穆萧尹姚邵汪祁毛禹狄米贝明臧计伏戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵\
    席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪干解应宗丁宣邓郁单杭洪包左石崔吉龚程邢裴陆荣翁荀羊甄曲封\
    芮储靳段焦巴侯宁仇栾甘厉祖武符刘景詹束龙叶幸司韶黎薄印宿白怀蒲从索赖卓蔺屠蒙池乔阴闻党翟谭贡劳姬申冉桑桂牛寿边燕冀浦尚农温柴瞿阎慕连\
    艾鱼容向古易廖庾终居衡步都耿满匡国文寇广欧沃利师巩聂晁敖冷辛阚那简饶曾关查游竺权盖益桓岳帅海佟肖闫覃迟付亓禤仝邝缑庄";

/// Words of a byline that stand where names do.
const NO_NAMES: &[&str] = &[
    "图片", "照片", "摄影", "文字", "图文", "制图", "漫画", "整理", "编辑", "摄像", "视频", "报道",
    "报导",
];

/// People named together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct People {
    pub names: Vec<String>,
    pub agency: Option<String>,
    /// Whether `记者`, `通讯员` or the like stood before a name.
    pub has_title: bool,
    /// Words of the byline or credit that are no names, and that no other field has.
    pub other_words: Vec<String>,
    /// Words that were divided into two names, although no mark stands between these.
    pub split_names: Vec<String>,
}

impl People {
    /// Names that are too long for one person with a single surname.
    pub fn doubtful(&self) -> impl Iterator<Item = &String> {
        self.names.iter().filter(|n| {
            !n.contains(['·', '・', '‧'])
                && !word::starts_with_any(n, OWN)
                && agency::at_start(n).is_none()
                && glyph::has_han(n)
                && n.chars().count() >= 4
                && !word::starts_with_any(n, &COMPOUND)
                && !office::is_desk(n)
        })
    }

    /// Adds an agency that sent one of them. There is room for one: any other is kept as words that have no place.
    pub(super) fn add_agency(&mut self, agency: &str) {
        match &self.agency {
            None => self.agency = Some(agency.to_owned()),
            Some(first) if first == agency => {}
            Some(_) if self.other_words.iter().any(|words| words == agency) => {}
            Some(_) => self.other_words.push(agency.to_owned()),
        }
    }
}

/// The authors of a text, and whether the byline claims the pictures as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Byline {
    pub people: People,
    pub pictures_too: bool,
}

impl Byline {
    pub fn of(people: People) -> Self {
        Self {
            people,
            pictures_too: false,
        }
    }

    /// A byline with a signature that is no person's: that of the paper, or of a desk.
    pub fn signature(name: &str) -> Self {
        Self::of(People {
            names: vec![name.to_owned()],
            ..People::default()
        })
    }
}

/// Reads `本报记者 张三 李四 通讯员 王五`, `新华社记者张三`, `Jane Doe and John Smith`. The whole text has to be names, and
/// an office without a separator behind it has to be followed by a surname, or by nothing but a short name.
pub(super) fn parse(text: &str) -> Option<People> {
    let mut people = People::default();
    let mut rest = text.trim();
    while let Some(found) = office::find(rest) {
        push_names(&mut people, found.before)?;
        people.has_title = true;
        if let Some(agency) = found.agency {
            people.add_agency(agency);
        }
        people
            .other_words
            .extend(found.paper_or_post.map(str::to_owned));
        let behind = found.following.trim_start_matches(is_separator);
        let set_off = behind.len() < found.following.len();
        if !behind.is_empty() && !may_name(behind, set_off, found.has_sender) {
            return None;
        }
        rest = behind;
    }
    push_names(&mut people, rest)?;
    (!people.names.is_empty()).then_some(people)
}

/// Whether a name may begin behind an office: with a surname, or as a run of Han that is as short as a name and no
/// genre.
fn may_name(text: &str, set_off: bool, sent: bool) -> bool {
    let run = text.chars().take_while(|c| glyph::is_han(*c)).count();
    let longest = if sent { 4 } else { 3 };
    if office::names_no_person(text) && (!set_off || run > 1) {
        return false;
    }
    set_off || starts_with_surname(text) || (2..=longest).contains(&run) || run == 0
}

pub(super) fn starts_with_surname(text: &str) -> bool {
    text.chars()
        .next()
        .is_some_and(|c| SURNAMES.contains(word::simplified(c)))
        || word::starts_with_any(text, &COMPOUND)
}

/// Whether a text is two or three Han that begin with a surname, or four with a compound one; `张 三` is one as well.
pub(super) fn is_bare_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let length: usize = words.iter().map(|w| w.chars().count()).sum();
    let whole = match words.as_slice() {
        [_] => true,
        [first, second] => first.chars().count() == 1 && second.chars().count() == 1,
        _ => false,
    };
    let fits = (2..=3).contains(&length) || (length == 4 && word::starts_with_any(text, &COMPOUND));
    let han = text.chars().all(|c| c.is_whitespace() || glyph::is_han(c));
    whole && fits && han && starts_with_surname(text)
}

fn push_names(people: &mut People, run: &str) -> Option<()> {
    let run = run.trim_matches(is_separator);
    if run.is_empty() {
        return Some(());
    }
    let names = if glyph::has_cjk(run) {
        han_names(run, people)?
    } else {
        latin_names(run)?
    };
    for name in names {
        if people.has_title && place::is_whole(&name) {
            people.other_words.push(name);
        } else if !people.names.contains(&name) {
            people.names.push(name);
        }
    }
    Some(())
}

/// Two single characters are one name set wide; everything else is a name of two to four, or longer with a `·`.
fn han_names(run: &str, people: &mut People) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut single: Option<&str> = None;
    for word in run.split(is_separator).filter(|w| !w.is_empty()) {
        let length = word.chars().count();
        let foreign = word.contains(['·', '•', '・', '‧']) && length <= 20;
        let letter = |c: char| glyph::is_han(c) || glyph::is_kana(c) || word::simplified(c) == '·';
        if word::is_any(word, NO_NAMES) {
            return None;
        }
        if !word.chars().all(letter) || (!glyph::has_han(word) && !foreign) {
            return None;
        }
        match (single.take(), length) {
            (None, 1) => single = Some(word),
            (Some(first), 1) => names.push(format!("{first}{word}")),
            (None, 2..=4) => names.push(word.to_owned()),
            (None, _) if foreign => names.push(word.to_owned()),
            (None, 5..=6) => {
                let (first, second) = parted(word)?;
                people.split_names.push(word.to_owned());
                names.extend([first.to_owned(), second.to_owned()]);
            }
            _ => return None,
        }
    }
    single.is_none().then_some(names)
}

/// Divides two names that stand together without a mark, where only one way to divide them gives two surnames.
fn parted(word: &str) -> Option<(&str, &str)> {
    let length = word.chars().count();
    let mut ways = (2..=3)
        .filter(|n| (2..=3).contains(&(length - n)))
        .filter_map(|n| Some(word.split_at(word.char_indices().nth(n)?.0)))
        .filter(|(first, second)| starts_with_surname(first) && starts_with_surname(second));
    let way = ways.next()?;
    ways.next().is_none().then_some(way)
}

/// Words between Latin, Arabic and Hangul names.
const AND: [&str; 10] = [
    " and ", " AND ", " & ", " et ", " ET ", " und ", " y ", " e ", " و ", "·",
];

fn latin_names(run: &str) -> Option<Vec<String>> {
    let mut plain = glyph::with_plain_spaces(run);
    for and in AND {
        if plain.contains(and) {
            plain = plain.replace(and, ",");
        }
    }
    let names: Vec<String> = plain
        .split([',', '،', '、', '/', '|'])
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(latin_name)
        .collect::<Option<_>>()?;
    Some(names)
}

/// The name, if it has one to five words, each with a capital where its script has them.
pub(super) fn latin_name(name: &str) -> Option<String> {
    const PARTICLES: [&str; 17] = [
        "de", "la", "van", "von", "der", "den", "bin", "al", "el", "di", "da", "do", "dos", "du",
        "le", "del", "zu",
    ];
    let words: Vec<&str> = name.split_whitespace().collect();
    let is_name = |w: &&str| {
        let shape = w
            .chars()
            .all(|c| c.is_alphabetic() || is_mark(c) || matches!(c, '.' | '-' | '\'' | '’'));
        let first = w.chars().next();
        shape && (first.is_some_and(is_capital) || PARTICLES.contains(w))
    };
    let capital = words
        .first()
        .and_then(|w| w.chars().next())
        .is_some_and(is_capital);
    let lettered = words
        .iter()
        .any(|w| w.chars().filter(|c| c.is_alphabetic()).count() > 1);
    ((1..=5).contains(&words.len()) && capital && lettered && words.iter().all(is_name))
        .then(|| words.join(" "))
}

/// Whether a name may begin with this character: with a capital, or with a letter of a script without capitals.
fn is_capital(c: char) -> bool {
    c.is_uppercase() || (c.is_alphabetic() && !c.is_lowercase() && !glyph::is_wide(c))
}

/// Whether it is a vowel sign of Arabic script.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{64B}'..='\u{65F}' | '\u{670}')
}
