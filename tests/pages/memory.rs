//! What a server takes of memory while hostile pictures come to it, many at once, over the API and through the folder.

use std::fs;
use std::thread;

use courant::item::{
    DECODING_BYTES, FILE_BYTES, MAX_PHOTOGRAPH_BYTES, clean_photograph, desk_photograph_room,
    photograph_room,
};

use crate::support::pictures::hostile::{self, Hostile};
use crate::support::pictures::{self, XMP_IN_JPEG, jpeg, with_segment, xmp};
use crate::support::writer::{Writer, token};
use crate::support::{Paper, Server, wait};

/// This many uploads have their bytes in memory.
const INCOMING_BYTES: u64 = 160 * 1024 * 1024;

/// What may stay a little longer: free pieces within pages that something else is in.
const LEFT_BYTES: u64 = 64 * 1024 * 1024;

/// A figure that the kernel gives of a process, in bytes.
fn memory(server: &Server, figure: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.running.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(figure));
    let kibibytes = line.unwrap().trim_start_matches(':').trim();
    kibibytes.trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// What the server may take at its peak: what it took before, what is stated, and a tenth.
fn ceiling(before: u64) -> u64 {
    let stated = DECODING_BYTES + FILE_BYTES + INCOMING_BYTES;
    (before + stated) / 10 * 11
}

/// The peak stays below the ceiling, and what was taken is given back.
fn assert_bounded(server: &Server, before: u64, while_what: &str) {
    let peak = memory(server, "VmHWM");
    assert!(
        peak <= ceiling(before),
        "{peak} bytes at the peak {while_what}, from {before}"
    );
    wait("memory is given back", || {
        (memory(server, "VmRSS") <= before + LEFT_BYTES).then_some(())
    });
}

fn upload(writer: &Writer<'_>, hostile: &Hostile) {
    let headers = [("content-type", hostile.media_type())];
    let said = writer.send("POST", "/api/v1/photographs", &headers, &hostile.bytes);
    let text = said.body.to_string();
    match hostile.refused {
        None => assert_eq!(said.status, 201, "{}: {text}", hostile.name),
        Some(reason) => {
            assert_eq!(said.status, 422, "{}: {text}", hostile.name);
            assert!(text.contains(reason), "{}: {text}", hostile.name);
        }
    }
}

#[test]
fn hostile_uploads_take_no_more_memory_than_is_stated() {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let before = memory(&server, "VmHWM");
    for hostile in hostile::kinds() {
        thread::scope(|scope| {
            for _ in 0..hostile.at_once {
                scope.spawn(|| upload(&Writer::new(&server, &token), &hostile));
            }
        });
        let peak = memory(&server, "VmHWM");
        assert!(
            peak <= ceiling(before),
            "{peak} bytes at the peak with {}, from {before}",
            hostile.name
        );
    }
    assert_bounded(&server, before, "of all uploads");
}

/// Writes an article that shows the picture.
fn write(paper: &Paper, hostile: &Hostile) {
    let (name, extension) = (hostile.name, hostile.extension());
    let folder = format!("city/{name}");
    paper.write(&format!("{folder}/a.{extension}"), &hostile.bytes);
    let article = format!(
        "+++\nheadline = \"On {name}\"\npublished = 2025-10-01T10:00:00Z\n\
         [[captions]]\ntext = \"A caption.\"\nimage = \"a.{extension}\"\n+++\n\nText.\n"
    );
    paper.write(&format!("{folder}/article.md"), article);
}

#[test]
fn hostile_pictures_in_the_folder_take_no_more_memory_than_is_stated() {
    let paper = Paper::new();
    let server = paper.start();
    let before = memory(&server, "VmHWM");
    let (together, alone): (Vec<_>, Vec<_>) = hostile::kinds()
        .into_iter()
        .partition(|hostile| hostile.at_once == hostile::AT_ONCE);
    // All in one look, and then one that takes a while by itself.
    for kinds in [together, alone] {
        for hostile in &kinds {
            write(&paper, hostile);
        }
        for hostile in &kinds {
            match hostile.refused {
                None => {
                    let page = format!("/articles/{}", hostile.name);
                    server.until(&page, |page| page.status == 200);
                }
                Some(reason) => {
                    server.line(&[hostile.name, reason]);
                }
            }
        }
    }
    assert_bounded(&server, before, "of all looks");
}

#[test]
fn uploads_and_the_folder_together_take_no_more_memory_than_is_stated() {
    let paper = Paper::new();
    let server = paper.start();
    let (desk, city) = (
        token(&paper, "newsdesk", "desk"),
        token(&paper, "city", "section:city"),
    );
    let before = memory(&server, "VmHWM");
    let kinds: Vec<_> = ["large-jpeg", "large-png"]
        .into_iter()
        .zip([(3_000, 2_000), (2_000, 2_000)])
        .map(|(name, (width, height))| Hostile {
            name,
            bytes: match name {
                "large-jpeg" => jpeg(width, height),
                _ => pictures::png(width, height),
            },
            refused: None,
            at_once: 3,
        })
        .collect();
    for hostile in &kinds {
        write(&paper, hostile);
    }
    thread::scope(|scope| {
        for hostile in &kinds {
            for token in [&desk, &city] {
                scope.spawn(|| upload(&Writer::new(&server, token), hostile));
            }
        }
    });
    for hostile in &kinds {
        let page = format!("/articles/{}", hostile.name);
        server.until(&page, |page| page.status == 200);
    }
    assert_bounded(&server, before, "of uploads beside the folder");
}

#[test]
fn a_file_has_its_room_and_gives_it_back() {
    let most = photograph_room(MAX_PHOTOGRAPH_BYTES);
    // All that others may have is taken: the next waits for it, and the desk does not.
    let other = desk_photograph_room(MAX_PHOTOGRAPH_BYTES);
    thread::scope(|scope| {
        let third = scope.spawn(|| drop(photograph_room(1)));
        assert!(!third.is_finished());
        drop(most);
        third.join().unwrap();
    });
    drop(other);
}

fn rights_behind(properties: &str) -> Option<String> {
    let packet = xmp(&format!("{properties}<dc:rights>Ours</dc:rights>"));
    let bytes = with_segment(&jpeg(8, 8), 0xe1, &[XMP_IN_JPEG, &packet].concat());
    let said = clean_photograph("a", &bytes).unwrap().embedded;
    said.copyright.map(|line| line.to_string())
}

#[test]
fn of_metadata_only_so_much_is_read_as_a_picture_needs() {
    let declared = |count: usize| {
        let number = |number: usize| format!("<a xmlns:n{number}=\"x\"/>");
        format!(">{}", (0..count).map(number).collect::<String>())
    };
    assert_eq!(rights_behind(&declared(400)).as_deref(), Some("Ours"));
    assert_eq!(rights_behind(&declared(600)), None);
    let nested = |depth: usize| format!(">{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert_eq!(rights_behind(&nested(200)).as_deref(), Some("Ours"));
    assert_eq!(rights_behind(&nested(5_000)), None);
    let values = "<rdf:li xml:lang=\"x-default\">A</rdf:li>".repeat(1_000);
    let list = format!("><dc:creator>{values}</dc:creator>");
    let packet = xmp(&list);
    let bytes = with_segment(&jpeg(8, 8), 0xe1, &[XMP_IN_JPEG, &packet].concat());
    let said = clean_photograph("a", &bytes).unwrap().embedded;
    let names = said.byline.unwrap().to_string();
    assert_eq!(names.split(", ").count(), 200);
}
