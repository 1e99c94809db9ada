//! Reads the names of people in bylines and credits, with the agency and office that stand before them.
//!
//! A name is taken only where it can be told from a sentence: short Han words or capitalised Latin ones, separated by
//! white space or enumeration marks. Anything else is no list of names, and the line stays in the text.

use super::glyph;

/// Agencies whose name before a journalist's makes them the source.
pub(super) const AGENCIES: [&str; 22] = [
    "新华社",
    "新华网",
    "中新社",
    "中国新闻社",
    "中新网",
    "人民网",
    "人民视觉",
    "视觉中国",
    "法新社",
    "美联社",
    "路透社",
    "塔斯社",
    "共同社",
    "Xinhua",
    "Reuters",
    "AFP",
    "AP",
    "DPA",
    "EFE",
    "TASS",
    "Kyodo",
    "Getty Images",
];

/// The paper's own people: a byline, but no source.
pub(super) const OWN: [&str; 4] = ["本报", "本刊", "本网", "本台"];

const OFFICES: [&str; 14] = [
    "全媒体记者",
    "融媒体记者",
    "首席记者",
    "特约记者",
    "摄影记者",
    "图片记者",
    "见习记者",
    "实习记者",
    "实习生",
    "特约通讯员",
    "特约摄影",
    "通讯员",
    "评论员",
    "记者",
];

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
    艾鱼容向古易廖庾终居衡步都耿满匡国文寇广欧沃利师巩聂晁敖冷辛阚那简饶曾关查游竺权盖益桓岳帅海佟肖闫覃迟付";

/// People named together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct People {
    pub names: Vec<String>,
    pub agency: Option<String>,
    /// `记者`, `通讯员` and the like stood before a name.
    pub office: bool,
}

impl People {
    /// Names that are too long for one person with a single surname.
    pub fn doubtful(&self) -> impl Iterator<Item = &String> {
        self.names.iter().filter(|n| {
            !n.contains('·')
                && !OWN.iter().chain(&AGENCIES).any(|o| n.starts_with(o))
                && glyph::has_han(n)
                && n.chars().count() >= 4
                && !COMPOUND.iter().any(|c| n.starts_with(c))
        })
    }
}

/// Reads `本报记者 张三 李四 通讯员 王五`, `新华社记者张三`, `Jane Doe and John Smith`. The whole text has to be names, and
/// an office without a separator behind it has to be followed by a surname.
pub(super) fn parse(text: &str) -> Option<People> {
    let mut people = People::default();
    let mut run = String::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some((agency, behind)) = office(rest) {
            push_names(&mut people, &run)?;
            run.clear();
            people.office = true;
            people.agency = people.agency.or(agency.map(str::to_owned));
            let stripped = behind.trim_start_matches(is_separator);
            if stripped.len() == behind.len() && !starts_with_surname(stripped) {
                return None;
            }
            rest = stripped;
            continue;
        }
        let cut = rest.char_indices().nth(1).map_or(rest.len(), |(i, _)| i);
        run.push_str(&rest[..cut]);
        rest = &rest[cut..];
    }
    push_names(&mut people, &run)?;
    (!people.names.is_empty()).then_some(people)
}

/// `本报记者…` → (None, `…`); `新华社记者…` → (Some(`新华社`), `…`).
fn office(text: &str) -> Option<(Option<&'static str>, &str)> {
    let agency = AGENCIES.iter().find(|a| text.starts_with(**a)).copied();
    let own = OWN.iter().find(|o| text.starts_with(**o)).copied();
    let rest = match agency.or(own) {
        Some(prefix) => text[prefix.len()..].trim_start(),
        None => text,
    };
    let office = OFFICES.iter().find(|o| rest.starts_with(**o))?;
    Some((agency, &rest[office.len()..]))
}

pub(super) fn starts_with_surname(text: &str) -> bool {
    text.chars().next().is_some_and(|c| SURNAMES.contains(c))
        || COMPOUND.iter().any(|c| text.starts_with(c))
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '、' | ',' | '，' | '/' | '／' | ':' | '：')
}

fn push_names(people: &mut People, run: &str) -> Option<()> {
    let run = run.trim_matches(is_separator);
    if run.is_empty() {
        return Some(());
    }
    let names = if glyph::has_han(run) {
        han_names(run)?
    } else {
        latin_names(run)?
    };
    for name in names {
        if !people.names.contains(&name) {
            people.names.push(name);
        }
    }
    Some(())
}

/// Two single characters are one name set wide; everything else is a name of two to four, or longer with a `·`.
fn han_names(run: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut single: Option<&str> = None;
    for word in run.split(is_separator).filter(|w| !w.is_empty()) {
        let length = word.chars().count();
        let foreign = word.contains(['·', '•']) && length <= 20;
        if !word
            .chars()
            .all(|c| glyph::is_han(c) || matches!(c, '·' | '•'))
        {
            return None;
        }
        match (single.take(), length) {
            (None, 1) => single = Some(word),
            (Some(first), 1) => names.push(format!("{first}{word}")),
            (None, 2..=4) => names.push(word.to_owned()),
            (None, _) if foreign => names.push(word.to_owned()),
            _ => return None,
        }
    }
    single.is_none().then_some(names)
}

fn latin_names(run: &str) -> Option<Vec<String>> {
    let plain = run
        .replace(" and ", ",")
        .replace(" AND ", ",")
        .replace(" & ", ",");
    plain
        .split([',', '、', '/'])
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(latin_name)
        .collect()
}

fn latin_name(name: &str) -> Option<String> {
    const PARTICLES: [&str; 14] = [
        "de", "la", "van", "von", "der", "den", "bin", "al", "el", "di", "da", "dos", "du", "le",
    ];
    let words: Vec<&str> = name.split_whitespace().collect();
    let is_name = |w: &&str| {
        let shape = w
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '.' | '-' | '\'' | '’'));
        shape && (w.chars().next().is_some_and(char::is_uppercase) || PARTICLES.contains(w))
    };
    let capital = words
        .first()
        .and_then(|w| w.chars().next())
        .is_some_and(char::is_uppercase);
    ((1..=5).contains(&words.len()) && capital && words.iter().all(is_name))
        .then(|| words.join(" "))
}
