//! What is published of a photograph's file, what is read from it, and which files are no photographs.

use courant::item::{
    Cleaned, EmbeddedMetadata, Line, PhotographError, PhotographType, clean_photograph,
    read_photograph,
};
use image::{DynamicImage, ImageDecoder, ImageFormat, RgbaImage};
use proptest::prelude::*;

use crate::support::pictures::{
    XMP_IN_JPEG, claiming, display_p3, exif, extended, gif, holds, iim, in_format, jpeg,
    jpeg_with_profile, noise, of_each_kind, pixels, png, webp, with_chunk, with_extension,
    with_segment, xmp,
};

fn clean(bytes: &[u8]) -> Cleaned<'_> {
    clean_photograph("a", bytes).unwrap()
}

fn said(jpeg: &[u8]) -> EmbeddedMetadata {
    clean(jpeg).embedded
}

fn line(text: &str) -> Option<Line> {
    Line::parse(text)
}

/// Whether the picture is published as `expected`, with the same pixels.
fn assert_published(name: &str, dirty: &[u8], expected: &[u8]) {
    let cleaned = clean(dirty);
    assert!(
        *cleaned.bytes == *expected,
        "{name} is not published as it should be"
    );
    assert_eq!(
        pixels(&cleaned.bytes),
        pixels(dirty),
        "{name} has other pixels"
    );
    assert_eq!(
        cleaned.photograph,
        read_photograph(name, expected).unwrap(),
        "{name}"
    );
}

#[test]
fn a_photograph_without_metadata_stays_byte_for_byte_what_it_was() {
    for (name, bytes) in of_each_kind(60, 40) {
        assert_published(name, &bytes, &bytes);
    }
    let moving = gif(20, 20, 3);
    assert_published("moving.gif", &moving, &moving);
    let profiled = jpeg_with_profile(30, 20, display_p3());
    assert_published("profiled.jpg", &profiled, &profiled);
}

#[test]
fn what_is_behind_the_end_of_a_picture_is_not_published() {
    for (name, bytes) in of_each_kind(60, 40) {
        for tail in [
            &b"PK\x03\x04 another file"[..],
            b"<script>alert(1)</script>",
            &[0; 5000],
        ] {
            assert_published(name, &[&bytes, tail].concat(), &bytes);
        }
    }
}

#[test]
fn where_and_with_what_a_photograph_was_taken_is_not_published() {
    let plain = jpeg(60, 40);
    let taken = with_segment(&plain, 0xe1, &[b"Exif\0\0", &exif(1)[..]].concat());
    assert!(holds(&taken, b"43.8171"));
    assert_published("exif.jpg", &taken, &plain);

    let plain = png(60, 40);
    assert_published("exif.png", &with_chunk(&plain, b"eXIf", &exif(1)), &plain);

    let plain = extended(&webp(60, 40), (60, 40), 0, &[]);
    let taken = extended(&webp(60, 40), (60, 40), 0x08, &[(b"EXIF", &exif(1))]);
    assert_published("exif.webp", &taken, &plain);
}

#[test]
fn names_comments_histories_and_thumbnails_are_not_published() {
    let plain = jpeg(60, 40);
    let packet = [XMP_IN_JPEG, &xmp("><dc:creator>A</dc:creator>")].concat();
    for (marker, data) in [
        (0xe1, packet.as_slice()),
        (0xed, &iim(&[(2, 80, b"A")])),
        (0xe2, b"MPF\0another picture is behind this one"),
        (0xe0, b"JFXX\0\x10a thumbnail"),
        (0xeb, b"JP provenance"),
        (0xe5, b"a maker's own"),
        (0xfe, b"A comment."),
    ] {
        assert_published("segment.jpg", &with_segment(&plain, marker, data), &plain);
    }

    let plain = png(60, 40);
    for (kind, data) in [
        (b"tEXt", &b"Author\0A"[..]),
        (b"zTXt", b"Comment\0\0x"),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>"),
        (b"tIME", b"\x07\xea\x0a\x01\x0a\x00\x00"),
        (b"caBX", b"provenance"),
        (b"prVt", b"a program's own"),
    ] {
        assert_published("chunk.png", &with_chunk(&plain, kind, data), &plain);
    }

    let plain = extended(&webp(60, 40), (60, 40), 0, &[]);
    let packet = xmp("><dc:creator>A</dc:creator>");
    let dirty = extended(
        &webp(60, 40),
        (60, 40),
        0x04,
        &[(b"XMP ", &packet), (b"OWN ", b"x")],
    );
    assert_published("xmp.webp", &dirty, &plain);

    let plain = gif(60, 40, 2);
    for (label, blocks) in [
        (0xfe, [&b"A comment."[..], b"And more."]),
        (0x01, [&[0; 12][..], b"Text on the picture."]),
        (0xff, [b"XMP DataXMP", b"<x:xmpmeta/>"]),
        (0xff, [b"NETSCAPE2.0", b"more than a number of rounds"]),
    ] {
        assert_published(
            "extension.gif",
            &with_extension(&plain, label, &blocks),
            &plain,
        );
    }
}

#[test]
fn a_thumbnail_within_the_head_of_a_jpeg_is_not_published() {
    let plain = jpeg(60, 40);
    // The encoder writes JFIF first, 16 bytes with its length.
    assert_eq!(plain[2..4], [0xff, 0xe0]);
    let mut head = plain[6..20].to_vec();
    head[12..].copy_from_slice(&[1, 1]);
    head.extend([9, 9, 9]);
    let rest = [&plain[..2], &plain[20..]].concat();
    assert_published("jfif.jpg", &with_segment(&rest, 0xe0, &head), &plain);
}

#[test]
fn how_often_a_gif_is_played_stays() {
    let plain = gif(20, 20, 2);
    let looped = with_extension(&plain, 0xff, &[b"NETSCAPE2.0", &[1, 0, 0]]);
    assert_published("looped.gif", &looped, &looped);
}

#[test]
fn a_photograph_on_its_side_stays_so_and_tells_the_size_that_is_seen() {
    let sideways = with_segment(&jpeg(60, 40), 0xe1, &[b"Exif\0\0", &exif(6)[..]].concat());
    let cleaned = clean(&sideways);
    assert_eq!(
        (cleaned.photograph.width, cleaned.photograph.height),
        (40, 60)
    );
    assert!(!holds(&cleaned.bytes, b"43.8171"));
    let mut decoder =
        image::codecs::jpeg::JpegDecoder::new(std::io::Cursor::new(&*cleaned.bytes)).unwrap();
    assert_eq!(decoder.orientation().unwrap().to_exif(), 6);
    assert_eq!(clean(&cleaned.bytes).bytes, cleaned.bytes);

    for (name, sideways) in [
        ("png", with_chunk(&png(60, 40), b"eXIf", &exif(8))),
        (
            "webp",
            extended(&webp(60, 40), (60, 40), 0x08, &[(b"EXIF", &exif(8))]),
        ),
    ] {
        let cleaned = clean(&sideways);
        assert_eq!(
            (cleaned.photograph.width, cleaned.photograph.height),
            (40, 60),
            "{name}"
        );
        assert!(!holds(&cleaned.bytes, b"43.8171"), "{name}");
        assert_eq!(
            clean(&cleaned.bytes).photograph,
            cleaned.photograph,
            "{name}"
        );
    }
}

#[test]
fn a_photograph_says_its_caption_names_and_rights() {
    let datasets = iim(&[
        (1, 90, b"\x1b%G"),
        (2, 120, "Ein Brückenbogen.".as_bytes()),
        (2, 80, "孙杰".as_bytes()),
        (2, 80, b"A. Second"),
        (2, 110, b"Agency"),
        (2, 116, "© Agency".as_bytes()),
    ]);
    let older = with_segment(&jpeg(60, 40), 0xed, &datasets);
    let found = said(&older);
    assert_eq!(found.caption, line("Ein Brückenbogen."));
    assert_eq!(found.byline, line("孙杰, A. Second"));
    assert_eq!(
        (found.credit, found.copyright),
        (line("Agency"), line("© Agency"))
    );

    let packet = xmp(" photoshop:Credit=\"Other &amp; Co\">\
         <dc:description><rdf:Alt><rdf:li xml:lang=\"de\">Anders.</rdf:li>\
         <rdf:li xml:lang=\"x-default\">A bridge &#x26; its arch.</rdf:li></rdf:Alt></dc:description>\
         <dc:creator><rdf:Seq><rdf:li>B. Third</rdf:li><rdf:li>C. Fourth</rdf:li></rdf:Seq></dc:creator>\
         <Iptc4xmpCore:AltTextAccessibility><rdf:Alt><rdf:li xml:lang=\"x-default\">Stone over water</rdf:li></rdf:Alt>\
         </Iptc4xmpCore:AltTextAccessibility>");
    let both = with_segment(&older, 0xe1, &[XMP_IN_JPEG, &packet].concat());
    let found = said(&both);
    assert_eq!(found.caption, line("A bridge & its arch."));
    assert_eq!(found.byline, line("B. Third, C. Fourth"));
    assert_eq!(found.credit, line("Other & Co"));
    assert_eq!(
        found.copyright,
        line("© Agency"),
        "what XMP does not say is taken from IIM"
    );
    assert_eq!(found.alt, line("Stone over water"));

    let text = [&b"XML:com.adobe.xmp\0\0\0\0\0"[..], &packet].concat();
    let found = said(&with_chunk(&png(60, 40), b"iTXt", &text));
    assert_eq!(found.byline, line("B. Third, C. Fourth"));
    let found = said(&extended(&webp(60, 40), (60, 40), 4, &[(b"XMP ", &packet)]));
    assert_eq!(found.byline, line("B. Third, C. Fourth"));
    assert_eq!(said(&jpeg(60, 40)), EmbeddedMetadata::default());
}

#[test]
fn the_notice_of_copyright_and_the_terms_of_use_are_two_fields() {
    let rights = "http://ns.adobe.com/xap/1.0/rights/";
    let packet = xmp(&format!(
        "><dc:rights><rdf:Alt><rdf:li xml:lang=\"x-default\">© Agency</rdf:li></rdf:Alt></dc:rights>\
         <r:UsageTerms xmlns:r=\"{rights}\"><rdf:Alt><rdf:li xml:lang=\"x-default\">Once, in print</rdf:li></rdf:Alt>\
         </r:UsageTerms>"
    ));
    let found = said(&with_segment(
        &jpeg(60, 40),
        0xe1,
        &[XMP_IN_JPEG, &packet].concat(),
    ));
    assert_eq!(found.copyright, line("© Agency"));
    assert_eq!(found.usage_terms, line("Once, in print"));
}

#[test]
fn an_agency_s_characters_are_read_in_the_encoding_that_they_are_in() {
    let (gb, ..) = encoding_rs::GB18030
        .encode("长春市民在伪满皇宫前的街道上散步,摄影记者孙杰拍摄于今日上午。");
    let (latin, ..) =
        encoding_rs::WINDOWS_1252.encode("Le café près du théâtre à Besançon a été fermé.");
    for (bytes, expected) in [
        (
            &gb,
            "长春市民在伪满皇宫前的街道上散步,摄影记者孙杰拍摄于今日上午。",
        ),
        (&latin, "Le café près du théâtre à Besançon a été fermé."),
    ] {
        let datasets = iim(&[(2, 120, bytes)]);
        let found = said(&with_segment(&jpeg(60, 40), 0xed, &datasets));
        assert_eq!(found.caption, line(expected));
    }
}

#[test]
fn entities_of_xmp_stand_for_nothing() {
    let mut packet = b"<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]>".to_vec();
    packet.extend(xmp("><dc:rights>Ours&b;&f;</dc:rights>"));
    let found = said(&with_segment(
        &jpeg(60, 40),
        0xe1,
        &[XMP_IN_JPEG, &packet].concat(),
    ));
    assert_eq!(found.copyright, line("Ours"));
}

#[test]
fn a_caption_in_a_photograph_is_cut_where_iptc_ends_it() {
    let long = "x".repeat(60_000);
    let packet = xmp(&format!("><dc:description>{long}</dc:description>"));
    let found = said(&with_segment(
        &jpeg(60, 40),
        0xe1,
        &[XMP_IN_JPEG, &packet].concat(),
    ));
    assert_eq!(found.caption.unwrap().len(), 2000);
}

#[test]
fn renditions_are_as_wide_as_they_are_called_and_never_wider_than_the_original() {
    let original = jpeg(900, 600);
    let cleaned = clean(&original);
    let made = cleaned.renditions("a").unwrap();
    let sizes: Vec<(u32, u32)> = made
        .iter()
        .map(|(file, _)| (file.width, file.height))
        .collect();
    assert_eq!(sizes, [(200, 133), (400, 267), (800, 533)]);
    for (file, bytes) in &made {
        assert_eq!(file.kind, PhotographType::Jpeg);
        let served = read_photograph("a", bytes).unwrap();
        assert_eq!((served.hash, served.bytes), (file.hash.clone(), file.bytes));
        let decoded = image::load_from_memory(bytes).unwrap();
        assert_eq!(
            (decoded.width(), decoded.height()),
            (file.width, file.height)
        );
    }
    assert!(made.is_sorted_by_key(|(file, _)| file.bytes));
    assert_eq!(
        made,
        cleaned.renditions("a").unwrap(),
        "made twice, they are the same"
    );
    assert!(clean(&jpeg(200, 100)).renditions("a").unwrap().is_empty());
    let wide = jpeg(1700, 20);
    let widths = clean(&wide)
        .renditions("a")
        .unwrap()
        .into_iter()
        .map(|(file, _)| file.width);
    assert!(widths.eq([200, 400, 800, 1600]));
}

#[test]
fn a_rendition_looks_like_its_original() {
    for (name, bytes) in of_each_kind(640, 480) {
        let original = image::load_from_memory(&bytes).unwrap().into_rgb8();
        for (file, bytes) in clean(&bytes).renditions("a").unwrap() {
            let small = image::load_from_memory(&bytes).unwrap().into_rgb8();
            for (x, y) in [(0.1, 0.1), (0.9, 0.1), (0.5, 0.6), (0.1, 0.9)] {
                let at = |picture: &image::RgbImage| {
                    let place = |share: f64, side: u32| (share * f64::from(side)) as u32;
                    *picture.get_pixel(place(x, picture.width()), place(y, picture.height()))
                };
                let (is, was) = (at(&small), at(&original));
                for channel in 0..2 {
                    let apart = is[channel].abs_diff(was[channel]);
                    assert!(
                        apart < 24,
                        "{name} {} at {x}, {y}: {is:?}, not {was:?}",
                        file.width
                    );
                }
            }
        }
    }
}

#[test]
fn renditions_stand_upright() {
    let sideways = with_segment(&jpeg(600, 400), 0xe1, &[b"Exif\0\0", &exif(6)[..]].concat());
    let made = clean(&sideways).renditions("a").unwrap();
    let sizes: Vec<(u32, u32)> = made
        .iter()
        .map(|(file, _)| (file.width, file.height))
        .collect();
    assert_eq!(sizes, [(200, 300)]);
    let small = image::load_from_memory(&made[0].1).unwrap().into_rgb8();
    // Turned a quarter to the right, the left side is at the top and the lower left corner is the upper left one.
    let (top, bottom) = (small.get_pixel(100, 5)[0], small.get_pixel(100, 294)[0]);
    let (left, right) = (small.get_pixel(5, 150)[1], small.get_pixel(194, 150)[1]);
    assert!(
        top < 20 && bottom > 230 && left > 230 && right < 20,
        "{top} {bottom} {left} {right}"
    );
}

#[test]
fn what_is_transparent_stays_so_and_a_drawing_stays_sharp() {
    let picture = RgbaImage::from_fn(500, 300, |x, _| {
        image::Rgba([200, 30, 30, if x < 250 { 0 } else { 255 }])
    });
    let transparent = in_format(&DynamicImage::ImageRgba8(picture), ImageFormat::Png);
    for (file, bytes) in clean(&transparent).renditions("a").unwrap() {
        assert_eq!(file.kind, PhotographType::Png);
        let small = image::load_from_memory(&bytes).unwrap().into_rgba8();
        assert_eq!(
            (
                small.get_pixel(0, 0)[3],
                small.get_pixel(file.width - 1, 0)[3]
            ),
            (0, 255)
        );
    }
    let opaque = RgbaImage::from_pixel(500, 300, image::Rgba([200, 30, 30, 255]));
    let drawing = in_format(&DynamicImage::ImageRgba8(opaque), ImageFormat::Png);
    let kinds = clean(&drawing)
        .renditions("a")
        .unwrap()
        .into_iter()
        .map(|(file, _)| file.kind);
    assert!(kinds.eq([PhotographType::Png; 2]));
    let photograph = noise(500, 300);
    let kinds = clean(&photograph)
        .renditions("a")
        .unwrap()
        .into_iter()
        .map(|(file, _)| file.kind);
    assert!(kinds.eq([PhotographType::Jpeg; 2]));
}

#[test]
fn the_colours_of_a_rendition_need_no_profile() {
    let profiled = jpeg_with_profile(500, 300, display_p3());
    let made = clean(&profiled).renditions("a").unwrap();
    let (_, bytes) = &made[0];
    assert!(!holds(bytes, b"ICC_PROFILE"));
    let pixel = *image::load_from_memory(bytes)
        .unwrap()
        .into_rgb8()
        .get_pixel(50, 50);
    // A red of Display P3 lies at the edge of sRGB: more red, less of the others.
    assert!(pixel[0] > 232 && pixel[1] < 30, "{pixel:?}");
}

#[test]
fn a_picture_that_moves_has_no_renditions() {
    let moving = gif(500, 300, 3);
    assert!(clean(&moving).renditions("a").unwrap().is_empty());
    assert_eq!(clean(&gif(500, 300, 1)).renditions("a").unwrap().len(), 2);
}

fn refusal(bytes: &[u8]) -> PhotographError {
    match clean_photograph("a", bytes) {
        Err(error) => error,
        Ok(cleaned) => cleaned.renditions("a").expect_err("a refusal"),
    }
}

#[test]
fn what_is_no_picture_is_refused() {
    for bytes in [
        &b""[..],
        b"\xff\xd8\xff",
        b"Text.",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><script>1</script></svg>",
        b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"<!DOCTYPE html><html></html>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"BM\x3e\0\0\0\0\0\0\0\x3e\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x01\0",
        b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf",
    ] {
        let error = refusal(bytes);
        let expected = matches!(
            error,
            PhotographError::NotAPicture { .. } | PhotographError::Truncated { .. }
        );
        assert!(expected, "{error}");
    }
}

#[test]
fn what_begins_as_a_picture_and_is_something_else_is_refused() {
    for bytes in [
        &b"GIF89a/*<script>*/=1;alert(document.domain)//;"[..],
        b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script></html>",
        b"RIFF\x20\0\0\0WEBPVP8 <script>alert(1)</script>",
        b"\xff\xd8\xff\xe0<?php system($_GET['c']); ?>",
    ] {
        let error = refusal(bytes);
        let expected = matches!(
            error,
            PhotographError::Truncated { .. } | PhotographError::Undecodable { .. }
        );
        assert!(expected, "{error}");
    }
}

#[test]
fn a_photograph_that_ends_too_early_is_refused() {
    for (name, bytes) in of_each_kind(60, 40) {
        for kept in [bytes.len() / 4, bytes.len() / 2, bytes.len() - 1] {
            let error = refusal(&bytes[..kept]);
            assert!(
                matches!(error, PhotographError::Truncated { .. }),
                "{name} {kept}: {error}"
            );
        }
    }
}

#[test]
fn a_picture_of_more_pixels_than_any_camera_gives_is_refused_unseen() {
    let half = 1_u32 << 31;
    for (width, height) in [
        (half, 1),
        (1, half),
        (half - 1, half - 1),
        (30_001, 1),
        (30_000, 30_000),
        (10_001, 10_000),
    ] {
        let error = refusal(&claiming(width, height, 8, 2, 100));
        assert!(
            matches!(error, PhotographError::TooManyPixels { .. }),
            "{width} x {height}: {error}"
        );
        assert!(error.advice().contains("100 megapixels"));
    }
    let mut huge = gif(2, 2, 1);
    huge[6..10].copy_from_slice(&[0xff; 4]);
    assert!(matches!(
        refusal(&huge),
        PhotographError::TooManyPixels { .. }
    ));
    let huge = extended(&webp(2, 2), (1 << 24, 1 << 24), 0, &[]);
    assert!(matches!(
        refusal(&huge),
        PhotographError::TooManyPixels { .. }
    ));
}

#[test]
fn a_picture_that_would_take_too_much_memory_is_refused_before_it_does() {
    // 90 megapixels of 8 bytes each.
    let error = refusal(&claiming(30_000, 3_000, 16, 6, 1000));
    assert!(
        matches!(
            error,
            PhotographError::TooHeavy {
                megabytes: 687..=800,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_picture_with_less_in_it_than_it_claims_is_refused() {
    // Inflated, it is far larger than the picture; only the picture is looked at.
    assert!(
        clean(&claiming(300, 300, 8, 2, 64 * 1024 * 1024))
            .renditions("a")
            .is_ok()
    );
    let error = refusal(&claiming(3_000, 3_000, 8, 2, 1000));
    assert!(
        matches!(error, PhotographError::Undecodable { .. }),
        "{error}"
    );
    let mut small = gif(2, 2, 1);
    small[6..10].copy_from_slice(&[0xd0, 0x07, 0xd0, 0x07]);
    assert!(
        clean(&small).renditions("a").is_ok(),
        "a small frame on a large ground is a picture"
    );
}

#[test]
fn a_jpeg_that_is_drawn_over_and_over_is_refused() {
    let plain = jpeg(60, 40);
    let scan = plain
        .windows(2)
        .position(|window| window == [0xff, 0xda])
        .unwrap();
    let (head, body) = plain.split_at(scan);
    let body = &body[..body.len() - 2];
    let mut bytes = head.to_vec();
    for _ in 0..65 {
        bytes.extend(body);
    }
    bytes.extend([0xff, 0xd9]);
    assert!(matches!(
        refusal(&bytes),
        PhotographError::TooManyScans { scans: 64, .. }
    ));
}

#[test]
fn a_picture_that_gives_two_sizes_is_refused() {
    let large = extended(&webp(60, 40), (600, 400), 0, &[]);
    assert!(matches!(
        refusal(&large),
        PhotographError::Undecodable { .. }
    ));
}

/// A picture with some of its bytes changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12);
    let dirty = || {
        let exif_segment = [b"Exif\0\0", &exif(3)[..]].concat();
        let jpeg = with_segment(&jpeg(24, 16), 0xe1, &exif_segment);
        let jpeg = with_segment(&jpeg, 0xed, &iim(&[(2, 120, b"Said."), (2, 80, b"A")]));
        let packet = xmp("><dc:rights>Ours</dc:rights>");
        let webp = extended(
            &webp(24, 16),
            (24, 16),
            0x0c,
            &[(b"EXIF", &exif(3)), (b"XMP ", &packet)],
        );
        vec![
            with_segment(&jpeg, 0xe1, &[XMP_IN_JPEG, &packet].concat()),
            with_chunk(&png(24, 16), b"eXIf", &exif(3)),
            webp,
            with_extension(&gif(24, 16, 2), 0xfe, &[b"A comment."]),
        ]
    };
    (prop::sample::select(dirty()), changes, 0..40_usize).prop_map(|(mut bytes, changes, tail)| {
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.resize(bytes.len() + tail, 0x5a);
        bytes
    })
}

proptest! {
    #[test]
    fn any_bytes_are_cleaned_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = clean_photograph("a", &bytes);
    }

    #[test]
    fn what_is_clean_stays_as_it_is(bytes in damaged()) {
        if let Ok(once) = clean_photograph("a", &bytes) {
            let twice = clean_photograph("a", &once.bytes).expect("a clean picture is one");
            prop_assert_eq!(&twice.bytes, &once.bytes);
            prop_assert_eq!(&twice.photograph, &once.photograph);
        }
    }

    #[test]
    fn a_damaged_picture_is_decoded_or_refused(bytes in damaged()) {
        if let Ok(cleaned) = clean_photograph("a", &bytes) {
            let _ = cleaned.renditions("a");
        }
    }
}
