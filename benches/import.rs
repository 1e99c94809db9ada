//! A WordPress export brought into a folder of items: `cargo bench --bench import`, or `-- --items 5000` for a quick look.
//!
//! The real program imports a made-up export twice, the second time over what it wrote. FileLookup it stands how long the same
//! file takes when it is only parsed, event by event, by the parser underneath: what is above that is Courant's own work.

#[path = "support/paper.rs"]
#[allow(dead_code)]
mod paper;

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Parser;
use quick_xml::events::Event;

use paper::Chance;

/// Between two looks at the memory of the child.
const LOOK: Duration = Duration::from_millis(20);

/// Every so manieth item has a photograph with a caption.
const PHOTOGRAPH_EVERY: usize = 10;

const PUBLICATION: &str = "id = \"urn:uuid:01a20fc9-85c9-78b0-96eb-824245948000\"\ntitle = \"Bench\"\nlanguage = \"zh-Hans\"\n\
                           timezone = \"Asia/Shanghai\"\n\n[[sections]]\nslug = \"city\"\ntitle = \"City\"\n\n\
                           [[sections]]\nslug = \"harbour\"\ntitle = \"Harbour\"\n";

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Measures an import of a WordPress export.
#[derive(Debug, Parser)]
struct Options {
    /// How many posts of about 4 KB the export has
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..))]
    items: u32,
    /// Measure another courant
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_courant"))]
    program: PathBuf,
    /// What cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// A run of the program.
struct Run {
    time: Duration,
    peak_bytes: u64,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let (folder, _temporary) = paper::folder(None)?;
    let items = options.items as usize;
    let export = folder.join("export.xml");
    write_export(&export, items)?;
    let root = folder.join("items");
    fs::create_dir(&root)?;
    fs::write(root.join("publication.toml"), PUBLICATION)?;
    let parse = parsed(&export)?;
    let first = imported(&options.program, &export, &root)?;
    let written = articles(&root)?;
    if written != items {
        return Err(format!("{written} of {items} articles were written").into());
    }
    let again = imported(&options.program, &export, &root)?;
    let bytes = fs::metadata(&export)?.len();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    println!("\n{threads} processors, load {load} at the end");
    println!("{items} posts in an export of {} MiB", mib(bytes));
    let row = |what: &str, time: Duration| {
        let rate = items as f64 / time.as_secs_f64();
        let ratio = time.as_secs_f64() / parse.as_secs_f64();
        let seconds = time.as_secs_f64();
        println!("  {what:<44}{seconds:>9.2} s{rate:>12.0} items/s{ratio:>9.1}");
    };
    row("parsed by quick-xml alone, once", parse);
    row("imported", first.time);
    row("imported again, nothing changed", again.time);
    println!(
        "  {:<44}{:>7} MiB",
        "memory at the peak, first time",
        mib(first.peak_bytes)
    );
    println!(
        "  {:<44}{:>7} MiB",
        "memory at the peak, second time",
        mib(again.peak_bytes)
    );
    Ok(())
}

fn mib(bytes: u64) -> u64 {
    bytes / 1024 / 1024
}

fn parsed(export: &Path) -> Result<Duration> {
    let started = Instant::now();
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(File::open(export)?));
    let mut buffer = Vec::new();
    let mut events = 0_u64;
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer)? {
            Event::Eof => break,
            _ => events += 1,
        }
    }
    std::hint::black_box(events);
    Ok(started.elapsed())
}

fn imported(program: &Path, export: &Path, root: &Path) -> Result<Run> {
    let started = Instant::now();
    let mut child = Command::new(program)
        .arg("import")
        .arg(export)
        .args(["--section", "city", "--items"])
        .arg(root)
        .stdout(Stdio::null())
        .spawn()?;
    let mut peak_bytes = 0;
    let status = loop {
        peak_bytes = peak(child.id()).unwrap_or(0).max(peak_bytes);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        sleep(LOOK);
    };
    if !status.success() {
        return Err(format!("the import ended with {status}").into());
    }
    Ok(Run {
        time: started.elapsed(),
        peak_bytes,
    })
}

/// The most memory that the process has had so far.
fn peak(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

fn articles(root: &Path) -> io::Result<usize> {
    let mut count = 0;
    for section in ["city", "harbour"] {
        count += fs::read_dir(root.join(section))?.count();
    }
    Ok(count)
}

fn write_export(path: &Path, items: usize) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(
        b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
          xmlns:excerpt=\"http://wordpress.org/export/1.2/excerpt/\" \
          xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
          xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:wp=\"http://wordpress.org/export/1.2/\">\n\
          <channel><title>Bench</title><link>https://old.example</link><language>zh-CN</language>\n",
    )?;
    for number in 0..50 {
        writeln!(
            out,
            "<wp:author><wp:author_login>desk{number}</wp:author_login>\
             <wp:author_display_name><![CDATA[Correspondent {number}]]></wp:author_display_name></wp:author>"
        )?;
    }
    for number in 0..items {
        let mut chance = Chance::new(number as u64);
        write_post(&mut out, number, &mut chance)?;
        if number.is_multiple_of(PHOTOGRAPH_EVERY) {
            write_attachment(&mut out, number, &mut chance)?;
        }
    }
    out.write_all(b"</channel></rss>\n")?;
    out.flush()
}

fn write_post(out: &mut impl Write, number: usize, chance: &mut Chance) -> io::Result<()> {
    let (day, hour) = (1 + number % 28, number % 24);
    let (year, month) = (2008 + number % 16, 1 + number % 12);
    let date = format!("{year}-{month:02}-{day:02} {hour:02}:00:00");
    let category = ["city", "harbour", "weather"][number % 3];
    writeln!(
        out,
        "<item><title><![CDATA[{}]]></title><link>https://old.example/{year}/{number}/</link>\n\
         <dc:creator><![CDATA[desk{}]]></dc:creator>\n\
         <guid isPermaLink=\"false\">https://old.example/?p={number}</guid>\n<content:encoded><![CDATA[",
        chance.han(18),
        number % 50
    )?;
    if number.is_multiple_of(PHOTOGRAPH_EVERY) {
        writeln!(
            out,
            "[caption id=\"attachment_{0}\"]<img class=\"wp-image-{0}\" \
             src=\"https://old.example/wp-content/uploads/{number}-300x200.jpg\" alt=\"\" /> {1}[/caption]\n",
            number + 10_000_000,
            chance.han(24)
        )?;
    }
    for paragraph in 0..12 {
        match paragraph % 3 {
            2 => writeln!(
                out,
                "{} <strong>{}</strong> &amp; <a href=\"/{number}/\">{}</a>.\n",
                chance.latin(25),
                chance.latin(3),
                chance.latin(4)
            )?,
            _ => writeln!(
                out,
                "{}，{}。{}。\n",
                chance.han(40),
                chance.han(30),
                chance.han(45)
            )?,
        }
    }
    writeln!(
        out,
        "]]></content:encoded>\n<excerpt:encoded><![CDATA[]]></excerpt:encoded>\n<wp:post_id>{number}</wp:post_id>\n\
         <wp:post_date>{date}</wp:post_date><wp:post_date_gmt>{date}</wp:post_date_gmt>\n\
         <wp:post_modified>{date}</wp:post_modified><wp:post_modified_gmt>{date}</wp:post_modified_gmt>\n\
         <wp:post_name>story-{number}</wp:post_name><wp:status>publish</wp:status><wp:post_type>post</wp:post_type>\n\
         <category domain=\"category\" nicename=\"{category}\"><![CDATA[{category}]]></category>\n\
         <category domain=\"post_tag\" nicename=\"t{0}\"><![CDATA[Topic {0}]]></category></item>",
        chance.below(200)
    )
}

fn write_attachment(out: &mut impl Write, number: usize, chance: &mut Chance) -> io::Result<()> {
    writeln!(
        out,
        "<item><title>{number}</title><link>https://old.example/a/{number}/</link>\
         <guid isPermaLink=\"false\">https://old.example/a/{number}</guid>\
         <excerpt:encoded><![CDATA[]]></excerpt:encoded><wp:post_id>{}</wp:post_id>\
         <wp:status>inherit</wp:status><wp:post_type>attachment</wp:post_type>\
         <wp:attachment_url>https://old.example/wp-content/uploads/{number}.jpg</wp:attachment_url>\
         <wp:postmeta><wp:meta_key>_wp_attachment_image_alt</wp:meta_key><wp:meta_value><![CDATA[{}]]></wp:meta_value>\
         </wp:postmeta></item>",
        number + 10_000_000,
        chance.latin(8)
    )
}
