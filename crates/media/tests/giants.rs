//! Scans and panoramas far larger than memory would like: the child never holds one whole.

mod support;

use config::MediaLimits;
use media::{PictureKind, Request, Response, Runner};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;
use support::{Bench, pixels};
use turbojpeg::{Compressor, PixelFormat, Subsamp};

const WIDTH: u32 = 30_000;
const HEIGHT: u32 = 20_000;
const MAX_RESIDENT_BYTES: u64 = 512 * 1024 * 1024;

/// A TIFF of strips of one colour each, all in the same few packed bytes: red above, blue below.
fn tiff() -> Vec<u8> {
    const ROWS: u32 = 100;
    let row = |color: [u8; 3]| {
        // PackBits packs bytes, not pixels: a stretch of 126 bytes, which is 42 pixels.
        let mut packed = Vec::new();
        let mut left = WIDTH as usize;
        while left > 0 {
            let pixels = left.min(42);
            packed.push((pixels * 3 - 1) as u8);
            packed.extend(color.repeat(pixels));
            left -= pixels;
        }
        packed
    };
    let strips = [[220, 30, 30], [30, 30, 220]].map(|color| row(color).repeat(ROWS as usize));
    let count = HEIGHT / ROWS;
    let at = |strip: u32| if strip < count / 2 { 8 } else { 8 + strips[0].len() as u32 };
    let mut bytes = b"II\x2a\0".to_vec();
    let offsets_at = 8 + strips.iter().map(Vec::len).sum::<usize>() as u32;
    let lengths_at = offsets_at + 4 * count;
    let depth_at = lengths_at + 4 * count;
    bytes.extend((depth_at + 8).to_le_bytes());
    strips.iter().for_each(|strip| bytes.extend(strip));
    (0..count).for_each(|strip| bytes.extend(at(strip).to_le_bytes()));
    (0..count).for_each(|strip| bytes.extend((strips[usize::from(strip >= count / 2)].len() as u32).to_le_bytes()));
    bytes.extend([8, 0, 8, 0, 8, 0, 0, 0]);
    let fields: [(u16, u16, u32, u32); 10] = [
        (256, 4, 1, WIDTH),
        (257, 4, 1, HEIGHT),
        (258, 3, 3, depth_at),
        (259, 3, 1, 32_773),
        (262, 3, 1, 2),
        (273, 4, count, offsets_at),
        (277, 3, 1, 3),
        (278, 4, 1, ROWS),
        (279, 4, count, lengths_at),
        (284, 3, 1, 1),
    ];
    bytes.extend((fields.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in fields {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes
}

/// A grey JPEG: the header of a small one with another size, and for each block that nothing changes.
fn jpeg() -> Vec<u8> {
    let mut compressor = Compressor::new().expect("a compressor");
    compressor.set_subsamp(Subsamp::Gray).expect("grey");
    let small = turbojpeg::Image { pixels: &[128u8; 64][..], width: 8, pitch: 8, height: 8, format: PixelFormat::GRAY };
    let mut bytes = compressor.compress_to_vec(small).expect("encode");
    let marker = |bytes: &[u8], wanted: u8| bytes.windows(2).position(|pair| pair == [0xff, wanted]).expect("a marker");
    let frame = marker(&bytes, 0xc0);
    bytes[frame + 5..frame + 7].copy_from_slice(&(HEIGHT as u16).to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&(WIDTH as u16).to_be_bytes());
    let scan = marker(&bytes, 0xda);
    let length = usize::from(u16::from_be_bytes([bytes[scan + 2], bytes[scan + 3]]));
    bytes.truncate(scan + 2 + length);
    let blocks = WIDTH.div_ceil(8) as usize * HEIGHT.div_ceil(8) as usize;
    // No difference of brightness (00), end of the block (1010): six bits, so four blocks are three bytes.
    bytes.extend([0x28, 0xa2, 0x8a].repeat(blocks.div_ceil(4)));
    bytes.extend([0xff, 0xd9]);
    bytes
}

fn write_png(path: &Path) {
    let file = BufWriter::new(std::fs::File::create(path).expect("a file"));
    let mut encoder = png::Encoder::new(file, WIDTH, HEIGHT);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_compression(png::Compression::Fastest);
    let mut writer = encoder.write_header().expect("a header");
    let mut stream = writer.stream_writer().expect("a stream");
    let row = vec![200; WIDTH as usize];
    (0..HEIGHT).for_each(|_| stream.write_all(&row).expect("a row"));
    stream.finish().expect("an end");
}

/// Of the only child that this process has.
fn peak_resident_bytes() -> u64 {
    let own = format!("PPid:\t{}\n", std::process::id());
    let processes = std::fs::read_dir("/proc").expect("processes").flatten();
    let mut statuses = processes.filter_map(|process| std::fs::read_to_string(process.path().join("status")).ok());
    let status = statuses.find(|status| status.contains(&own)).expect("a child");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

async fn show(name: &str, prepare: impl FnOnce(&Path)) -> image::RgbaImage {
    let bench = Bench::new();
    let runner = Runner::new(env!("CARGO_BIN_EXE_media-child").into(), MediaLimits::default());
    let source = bench.path(name);
    prepare(&source);
    let request = Request::Pictures {
        source: source.clone(),
        kind: PictureKind::Image,
        settings: config::system::image::Image::default(),
        preview: bench.path("preview"),
        thumbnail: bench.path("thumbnail"),
        fullsize: None,
    };
    let answer = runner.call(&request, Duration::from_secs(300), |_| {}).await;
    let answer = answer.unwrap_or_else(|error| panic!("{name}: {error}"));
    let Response::Pictures(made) = answer else { panic!("{answer:?}") };
    assert_eq!((made.width, made.height), (WIDTH, HEIGHT), "{name}");
    let peak = peak_resident_bytes();
    eprintln!("{name}: {} MB", peak / 1_000_000);
    assert!(peak < MAX_RESIDENT_BYTES, "{name}: {peak} bytes");
    let preview = pixels(&std::fs::read(bench.path("preview")).expect("a preview"));
    assert_eq!(preview.dimensions(), (2160, 1440), "{name}");
    preview
}

#[tokio::test]
async fn a_giant_scan_is_read_strip_by_strip() {
    let preview = show("giant.tif", |path| std::fs::write(path, tiff()).expect("written")).await;
    let [r, _, b, _] = preview.get_pixel(1000, 100).0;
    assert!(r > 200 && b < 50, "{r} {b}");
    let [r, _, b, _] = preview.get_pixel(1000, 1400).0;
    assert!(b > 200 && r < 50, "{r} {b}");
}

#[tokio::test]
async fn a_giant_jpeg_is_scaled_while_decoding() {
    let preview = show("giant.jpg", |path| std::fs::write(path, jpeg()).expect("written")).await;
    assert!(preview.get_pixel(2000, 1400).0[0].abs_diff(128) < 3);
}

#[tokio::test]
async fn a_giant_png_is_read_row_by_row() {
    let preview = show("giant.png", write_png).await;
    assert!(preview.get_pixel(2000, 1400).0[0].abs_diff(200) < 3);
}
