//! Scans and panoramas far larger than memory would like: the child never holds one whole.

mod support;

use config::{MediaLimits, system::choices::ToneMapping};
use media::{Error, Kind, Request, Response, Runner};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};
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

fn marker(bytes: &[u8], wanted: u8) -> usize {
    bytes.windows(2).position(|pair| pair == [0xff, wanted]).expect("a marker")
}

/// All of a small grey JPEG that stands before its blocks, with another size.
fn jpeg_head(width: u32, height: u32) -> Vec<u8> {
    let mut compressor = Compressor::new().expect("a compressor");
    compressor.set_subsamp(Subsamp::Gray).expect("grey");
    let small = turbojpeg::Image { pixels: &[128u8; 64][..], width: 8, pitch: 8, height: 8, format: PixelFormat::GRAY };
    let mut bytes = compressor.compress_to_vec(small).expect("encode");
    let frame = marker(&bytes, 0xc0);
    bytes[frame + 5..frame + 7].copy_from_slice(&(height as u16).to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&(width as u16).to_be_bytes());
    let scan = marker(&bytes, 0xda);
    let length = usize::from(u16::from_be_bytes([bytes[scan + 2], bytes[scan + 3]]));
    bytes.truncate(scan + 2 + length);
    bytes
}

/// Each block says that nothing changes.
fn jpeg() -> Vec<u8> {
    let mut bytes = jpeg_head(WIDTH, HEIGHT);
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

/// Of the only child that this process has, but for what is left of those that have ended.
fn peak_resident_bytes() -> u64 {
    let own = format!("PPid:\t{}\n", std::process::id());
    let processes = std::fs::read_dir("/proc").expect("processes").flatten();
    let mut statuses = processes.filter_map(|process| std::fs::read_to_string(process.path().join("status")).ok());
    let status = statuses.find(|status| status.contains(&own) && status.contains("VmHWM:")).expect("a child");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

/// As the worker asks for it: with its time and its memory. Answers what came of it, and the most memory that it took.
async fn ask(bench: &Bench, name: &str, prepare: impl FnOnce(&Path)) -> (media::Result<Response>, u64) {
    let runner = Runner::new(support::programs(), MediaLimits::default());
    let source = bench.path(name);
    prepare(&source);
    let request = Request::Pictures {
        source: source.clone(),
        kind: Kind::Image,
        settings: config::system::image::Image::default(),
        tone_mapping: ToneMapping::Hable,
        preview: bench.path("preview"),
        thumbnail: bench.path("thumbnail"),
        fullsize: None,
    };
    let started = Instant::now();
    let answer = runner.call(&request, Duration::from_secs(300), |_| {}).await;
    let peak = peak_resident_bytes();
    eprintln!("{name}: {} MB, {:.1} s", peak / 1_000_000, started.elapsed().as_secs_f32());
    (answer, peak)
}

async fn show(name: &str, prepare: impl FnOnce(&Path)) -> image::RgbaImage {
    let bench = Bench::new();
    let (answer, peak) = ask(&bench, name, prepare).await;
    let answer = answer.unwrap_or_else(|error| panic!("{name}: {error}"));
    let Response::Pictures(made) = answer else { panic!("{answer:?}") };
    assert_eq!((made.width, made.height), (WIDTH, HEIGHT), "{name}");
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

#[tokio::test]
async fn a_giant_document_is_read_row_by_row() {
    let preview = show("giant.psd", |path| std::fs::write(path, psd()).expect("written")).await;
    assert!(preview.get_pixel(2000, 1400).0[..3].iter().zip([200, 90, 30]).all(|(one, other)| one.abs_diff(other) < 4));
}

/// What has to be whole in memory is shown up to a size, and beyond it refused in words before anything is done.
#[tokio::test]
async fn giants_that_come_in_no_order_end_well() {
    const SIDE: u32 = 12_000;
    let shown: [(&str, Vec<u8>); 4] = [
        ("scans.jpg", progressive_jpeg(SIDE, SIDE)),
        ("interlaced.png", interlaced_png(SIDE, SIDE)),
        ("runs.bmp", bmp(SIDE, SIDE)),
        ("nothing.webp", webp(SIDE, SIDE)),
    ];
    for (name, bytes) in shown {
        let bench = Bench::new();
        let (answer, _) = ask(&bench, name, |path| std::fs::write(path, bytes).expect("written")).await;
        let answer = answer.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(matches!(&answer, Response::Pictures(made) if (made.width, made.height) == (SIDE, SIDE)), "{answer:?}");
        assert_eq!(pixels(&std::fs::read(bench.path("preview")).expect("a preview")).dimensions(), (1440, 1440));
    }
    let refused: [(&str, Vec<u8>); 3] = [
        ("scans.jpg", progressive_jpeg(WIDTH, HEIGHT)),
        ("interlaced.png", interlaced_png_head(WIDTH, HEIGHT)),
        ("runs.bmp", bmp_head(WIDTH, HEIGHT)),
    ];
    for (name, bytes) in refused {
        let bench = Bench::new();
        let (answer, peak) = ask(&bench, name, |path| std::fs::write(path, bytes).expect("written")).await;
        assert!(matches!(&answer, Err(Error::TooLarge(_))), "{name}: {answer:?}");
        assert!(peak < 100_000_000, "{name}: {peak} bytes");
    }
}

/// All rows alike, packed.
fn psd() -> Vec<u8> {
    let mut bytes = b"8BPS\0\x01\0\0\0\0\0\0\0\x03".to_vec();
    bytes.extend(HEIGHT.to_be_bytes());
    bytes.extend(WIDTH.to_be_bytes());
    // 8 bits, RGB; no palette, no resources, no layers; packed.
    bytes.extend([0, 8, 0, 3]);
    bytes.extend([0; 12]);
    bytes.extend([0, 1]);
    let row = |value: u8| {
        let (whole, rest) = (WIDTH / 128, (WIDTH % 128) as u8);
        [[129, value].repeat(whole as usize), vec![1u8.wrapping_sub(rest), value]].concat()
    };
    let rows = [200, 90, 30].map(row);
    for row in &rows {
        bytes.extend((row.len() as u16).to_be_bytes().repeat(HEIGHT as usize));
    }
    rows.iter().for_each(|row| bytes.extend(row.repeat(HEIGHT as usize)));
    bytes
}

/// The first scan of a grey one: every block is as bright as the one before.
fn progressive_jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = jpeg_head(width, height);
    let frame = marker(&bytes, 0xc0);
    bytes[frame + 1] = 0xc2;
    let end = bytes.len();
    // Only the means, all of their bits.
    bytes[end - 3..].copy_from_slice(&[0, 0, 0]);
    let blocks = width.div_ceil(8) as usize * height.div_ceil(8) as usize;
    // No difference is two bits.
    bytes.extend(vec![0; blocks.div_ceil(4)]);
    bytes.extend([0xff, 0xd9]);
    bytes
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(content);
    [&(content.len() as u32).to_be_bytes()[..], kind, content, &crc.sum().to_be_bytes()].concat()
}

fn interlaced_png_head(width: u32, height: u32) -> Vec<u8> {
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 1]].concat();
    [b"\x89PNG\r\n\x1a\n", &chunk(b"IHDR", &head)[..]].concat()
}

/// Black, in the seven passes of Adam: each has rows of its own, with one byte before them.
fn interlaced_png(width: u32, height: u32) -> Vec<u8> {
    const PASSES: [(u32, u32, u32, u32); 7] =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    for (left, top, across, down) in PASSES {
        let row = vec![0; 1 + (width - left).div_ceil(across) as usize];
        (0..(height - top).div_ceil(down)).for_each(|_| packed.write_all(&row).expect("a row"));
    }
    let packed = packed.finish().expect("an end");
    [interlaced_png_head(width, height), chunk(b"IDAT", &packed), chunk(b"IEND", b"")].concat()
}

/// Of a palette of greys, in runs.
fn bmp_head(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    for value in [0u32, 0, 54 + 1024, 40, width, height, 1 | 8 << 16, 1, 0, 0, 0, 256, 0] {
        bytes.extend(value.to_le_bytes());
    }
    (0..=255u8).for_each(|grey| bytes.extend([grey, grey, grey, 0]));
    bytes
}

fn bmp(width: u32, height: u32) -> Vec<u8> {
    let mut row = [255, 90].repeat((width / 255) as usize);
    row.extend([(width % 255) as u8, 90, 0, 0]);
    [bmp_head(width, height), row.repeat(height as usize), vec![0, 1]].concat()
}

/// One colour, which takes no bit at all for a pixel.
fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    let mut push = |value: u32, count: u32| bits.extend((0..count).map(|at| value >> at & 1 == 1));
    push(width - 1, 14);
    push(height - 1, 14);
    // No alpha, version 0, no transform, no cache of colours, one set of codes.
    push(0, 1 + 3 + 1 + 1 + 1);
    for symbol in [90, 90, 90, 255, 0] {
        // A simple code of one symbol of eight bits.
        push(0b101, 3);
        push(symbol, 8);
    }
    let mut data = vec![0x2f];
    data.extend(bits.chunks(8).map(|byte| (0..).zip(byte).map(|(at, &bit)| u8::from(bit) << at).sum::<u8>()));
    data.resize(data.len().next_multiple_of(2) + 16, 0);
    let length = |length: usize| (length as u32).to_le_bytes();
    [&b"RIFF"[..], &length(12 + data.len()), b"WEBPVP8L", &length(data.len()), &data].concat()
}
