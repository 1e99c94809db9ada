//! Compares words whatever form their characters have: traditional as simplified, full width as half width, no-break
//! spaces as spaces. The tables of this reader are written in the plain forms alone.

use std::sync::LazyLock;

/// Each traditional or Japanese character, followed by its simplified form: those of offices, agencies, credits,
/// datelines and surnames.
const FORMS: &str = "訪访頻频達达禮礼詳详監监統统籌筹數数證证節节獲获說说見见從从蹤踪們们隨随驗验門门雲云義义蘭兰蓮莲內内舊旧頓顿藍蓝紀纪應应滿满錢钱孫孙鮑鲍陽阳諸诸長长開开風风銀银\
    練练闕阙紅红區区麗丽佔占記记報报導导電电訊讯圖图攝摄專专來来資资檔档繪绘聯联華华國国視视網网綜综員员實实習习編编譯译輯辑責责張张陳陈劉刘黃黄趙赵吳吴鄭郑馮冯衛卫\
    蔣蒋韓韩楊杨許许呂吕嚴严謝谢鄒邹竇窦蘇苏魯鲁韋韦馬马鳳凤費费賀贺湯汤羅罗畢毕鄔邬樂乐齊齐顧顾蕭萧貝贝計计談谈龐庞項项閔闵強强賈贾婁娄鍾钟鐘钟駱骆萬万盧卢繆缪鄧邓\
    單单龔龚陸陆榮荣儲储葉叶薊蓟懷怀賴赖藺蔺喬乔陰阴聞闻黨党譚谭貢贡勞劳雙双邊边農农溫温莊庄閻阎連连魚鱼終终師师鞏巩聶聂簡简饒饶關关蓋盖權权帥帅況况後后遲迟遊游論论\
    評评約约級级體体臺台滬沪歐欧羣群時时間间東东發发據据稱称綫线線线閱阅讀读產产經经済济濟济読读沢泽渋涩図图続续売卖県县総总対对駐驻會会團团隊队術术園园灣湾濱滨廣广\
    處处務务學学藝艺歷历寶宝題题號号頁页週周曆历採采筆笔調调査查獨独親亲跡迹觀观點点擊击現现場场傳传絡络畫画製制補补刪删係系轉转樓楼組组錄录彙汇匯汇賓宾龍龙麥麦闆板\
    滅灭嶽岳鄺邝閆闫顏颜甯宁寧宁岡冈島岛濤涛勝胜倫伦紐纽爾尔衆众眾众議议";

const FIRST_HAN: u32 = 0x4E00;

/// The simplified form of each character from the first of the block on.
static SIMPLE: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut table: Vec<char> = ('\u{4E00}'..='\u{9FFF}').collect();
    let mut chars = FORMS.chars().filter(|c| !c.is_whitespace());
    while let (Some(old), Some(new)) = (chars.next(), chars.next()) {
        if let Some(form) = usize::try_from(u32::from(old) - FIRST_HAN)
            .ok()
            .and_then(|at| table.get_mut(at))
        {
            *form = new;
        }
    }
    table
});

/// The plain form of a character.
pub(super) fn simplified(c: char) -> char {
    match c {
        '\u{A0}' | '\u{2007}' | '\u{202F}' | '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '・' | '•' | '‧' => '·',
        '丨' => '|',
        '\u{4E00}'..='\u{9FFF}' => usize::try_from(u32::from(c) - FIRST_HAN)
            .ok()
            .and_then(|at| SIMPLE.get(at).copied())
            .unwrap_or(c),
        _ => c,
    }
}

/// The text behind `word`; `None` where the text does not begin with it.
pub(super) fn strip<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let mut rest = text.chars();
    for wanted in word.chars() {
        if simplified(rest.next()?) != wanted {
            return None;
        }
    }
    Some(rest.as_str())
}

/// The text behind `word`, which is in lower case and matches letters of either case; `None` where the text does not
/// begin with it.
pub(super) fn strip_caseless<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let mut rest = text.chars();
    for wanted in word.chars() {
        if !simplified(rest.next()?).to_lowercase().eq([wanted]) {
            return None;
        }
    }
    Some(rest.as_str())
}

/// The text before `word`; `None` where the text does not end with it.
pub(super) fn strip_end<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let mut rest = text.chars();
    for wanted in word.chars().rev() {
        if simplified(rest.next_back()?) != wanted {
            return None;
        }
    }
    Some(rest.as_str())
}

/// The text behind the first of the words with which it begins; `None` where it begins with none.
pub(super) fn strip_any<'t>(text: &'t str, words: &[&str]) -> Option<&'t str> {
    let first = simplified(text.chars().next()?);
    words
        .iter()
        .filter(|w| w.starts_with(first))
        .find_map(|w| strip(text, w))
}

pub(super) fn strip_any_end<'t>(text: &'t str, words: &[&str]) -> Option<&'t str> {
    let last = simplified(text.chars().next_back()?);
    words
        .iter()
        .filter(|w| w.ends_with(last))
        .find_map(|w| strip_end(text, w))
}

pub(super) fn strip_any_caseless<'t>(text: &'t str, words: &[&str]) -> Option<&'t str> {
    let first = simplified(text.chars().next()?).to_lowercase().next()?;
    words
        .iter()
        .filter(|w| w.starts_with(first))
        .find_map(|w| strip_caseless(text, w))
}

pub(super) fn is_any(text: &str, words: &[&str]) -> bool {
    let first = text.chars().next().map(simplified);
    words
        .iter()
        .filter(|w| w.chars().next() == first)
        .any(|w| strip(text, w) == Some(""))
}

pub(super) fn starts_with_any(text: &str, words: &[&str]) -> bool {
    strip_any(text, words).is_some()
}

/// The text before the first occurrence of `word`, and the text behind it; `None` where there is none.
pub(super) fn split<'t>(text: &'t str, word: &str) -> Option<(&'t str, &'t str)> {
    text.char_indices().find_map(|(at, _)| {
        let behind = strip(&text[at..], word)?;
        Some((&text[..at], behind))
    })
}

pub(super) fn contains(text: &str, word: &str) -> bool {
    split(text, word).is_some()
}

/// Splits at the first character whose plain form is one of these.
pub(super) fn split_at_mark<'t>(text: &'t str, marks: &[char]) -> Option<(&'t str, &'t str)> {
    let (at, c) = text
        .char_indices()
        .find(|(_, c)| marks.contains(&simplified(*c)))?;
    Some((&text[..at], &text[at + c.len_utf8()..]))
}
