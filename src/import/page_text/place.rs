//! Places that are named so often behind a name that they are recognised without a mark between.

use super::word;

const PLACES: &[&str] = &[
    "台北",
    "新北",
    "桃园",
    "台中",
    "台南",
    "高雄",
    "基隆",
    "新竹",
    "苗栗",
    "彰化",
    "南投",
    "云林",
    "嘉义",
    "屏东",
    "宜兰",
    "花莲",
    "台东",
    "澎湖",
    "金门",
    "马祖",
    "华盛顿",
    "纽约",
    "东京",
    "北京",
    "上海",
    "香港",
    "首尔",
    "伦敦",
    "巴黎",
    "柏林",
    "洛杉矶",
    "旧金山",
    "曼谷",
    "新加坡",
    "综合",
    "吉隆坡",
    "河内",
    "广州",
    "深圳",
    "澳门",
    "莫斯科",
    "布鲁塞尔",
    "日内瓦",
];

/// Whether a text begins with such a place; any other is recognised by the length of the name before it.
pub(super) fn begins(text: &str) -> bool {
    word::starts_with_any(text, PLACES)
}

/// Whether a text is a place that is named so often that it is no person.
pub(super) fn is_whole(text: &str) -> bool {
    word::is_any(text, PLACES)
}
