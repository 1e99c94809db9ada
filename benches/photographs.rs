//! How long the upload of a photograph takes until it is acknowledged with all its renditions on disk, beside what it
//! takes to decode the same picture alone: `cargo bench --bench photographs`. Both are measured in turns. The server runs in
//! this process, with the constructor of the program.

#[path = "support/desk.rs"]
mod desk;

use std::fs;
use std::io::Cursor;
use std::net::TcpStream;
use std::path::Path;
use std::time::Instant;

use clap::Parser;
use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, Rgb, RgbImage};

use desk::{Desk, Result, post};

/// Measures uploads of photographs.
#[derive(Debug, Parser)]
struct Options {
    /// Pixels of a side of the picture; the default is 20 megapixels
    #[arg(long, default_value_t = 5472)]
    width: u32,
    #[arg(long, default_value_t = 3648)]
    height: u32,
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// What cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let folder = tempfile::tempdir()?;
    let desk = Desk::start(folder.path())?;
    let mut stream = TcpStream::connect(desk.address)?;
    println!("{} x {} pixels, JPEG\n", options.width, options.height);
    println!(
        "{:>5}  {:>8}  {:>10}  {:>12}  {:>5}  {:>10}",
        "round", "MiB", "upload, s", "decoding, s", "ratio", "files"
    );
    let mut ratios = Vec::new();
    for round in 1..=options.rounds {
        let picture = picture(options.width, options.height, round)?;
        let began = Instant::now();
        image::load_from_memory_with_format(&picture, ImageFormat::Jpeg)?;
        let decoding = began.elapsed().as_secs_f64();
        let before = files(&folder.path().join("data/media"));
        let began = Instant::now();
        let to = ("/api/v1/photographs", desk.token.as_str());
        post(&mut stream, to, "image/jpeg", &picture)?;
        let upload = began.elapsed().as_secs_f64();
        let made = files(&folder.path().join("data/media")) - before;
        ratios.push(upload / decoding);
        println!(
            "{round:>5}  {:>8.1}  {upload:>10.2}  {decoding:>12.2}  {:>5.1}  {made:>10}",
            picture.len() as f64 / 1024.0 / 1024.0,
            upload / decoding
        );
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(ratios.len() / 2).copied().unwrap_or(0.0);
    println!(
        "\nmedian ratio {median:.1}; memory at the peak, both: {} MiB",
        peak_mib()
    );
    drop(stream);
    desk.stop()
}

/// Slopes and grain, as a photograph of a hazy harbour has them; another one for each `seed`.
fn picture(width: u32, height: u32, seed: u32) -> Result<Vec<u8>> {
    let mut state = seed;
    let image = RgbImage::from_fn(width, height, |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (state >> 28) as u8;
        let [red, green] = [x * 200 / width, y * 200 / height].map(|slope| slope as u8 + grain);
        Rgb([red, green, 120 + grain])
    });
    let mut bytes = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut bytes, 88).encode_image(&image)?;
    Ok(bytes.into_inner())
}

/// How many pictures lie in the folder.
fn files(folder: &Path) -> usize {
    let shelves = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = shelves.flat_map(|shelf| fs::read_dir(shelf.path()).into_iter().flatten());
    let is_picture = |path: &Path| path.extension().is_some_and(|kind| kind != "json");
    files
        .flatten()
        .filter(|file| is_picture(&file.path()))
        .count()
}

/// The most memory that this process has had.
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
