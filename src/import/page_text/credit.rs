//! Picture credits: the photographer and the source of a photograph.

use super::{glyph, people};

/// A picture credit, divided into photographer, source and other words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Credit {
    pub photographer: Option<String>,
    pub source: Option<String>,
    pub doubtful_names: Vec<String>,
    /// Words of the credit that no other field has.
    pub other_words: Vec<String>,
    /// Whether it is nothing but an agency in brackets, with which an article may end as well.
    pub lone_agency: bool,
}

impl Credit {
    pub fn of_source(source: &str) -> Self {
        Self {
            source: Some(source.trim().to_owned()),
            ..Self::default()
        }
    }
}

pub(super) const FILE_PICTURES: &[&str] = &[
    "资料图片",
    "资料照片",
    "档案图片",
    "档案照片",
    "资料图",
    "资料片",
    "资料照",
    "资料画面",
    "网上图片",
    "网络图片",
    "视频截图",
    "影片截图",
    "截图",
    "效果图",
    "示意图",
    "本报资料照片",
    "本报资料图片",
    "File photo",
    "File picture",
    "File image",
    "FILE PHOTO",
    "File",
    "Photo d'archives",
    "Photo d’archives",
    "Archivfoto",
    "Archivbild",
    "Foto de archivo",
    "Imagen de archivo",
    "صورة أرشيفية",
    "أرشيفية",
    "자료사진",
];

pub(super) fn from_people(people: people::People) -> Credit {
    let mark = if people.names.iter().any(|n| glyph::has_han(n)) {
        "、"
    } else {
        ", "
    };
    let doubtful_names = people.doubtful().cloned().collect();
    let other_words = people
        .other_words
        .into_iter()
        .chain(people.split_names)
        .collect();
    Credit {
        photographer: Some(people.names.join(mark)),
        source: people.agency,
        doubtful_names,
        other_words,
        lone_agency: false,
    }
}
