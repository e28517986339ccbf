//! What files say of themselves, read back from files built for it and from real ones.

mod support;

use media::extract::{image as read, video};
use metadata::Metadata;
use support::{Bench, Field, encoded, jpeg, quarters, tiff};

fn rationals(values: &[(u32, u32)]) -> Field {
    Field::Rationals(values.to_vec())
}

/// A photo with everything that a good camera writes.
fn full_tiff() -> Vec<u8> {
    let first = [
        (0x010e, Field::Text("A tower  ")),
        (0x010f, Field::Text("Canon")),
        (0x0110, Field::Text("EOS R5")),
        (0x0112, Field::Short(6)),
        (0x4746, Field::Short(4)),
    ];
    let camera = [
        (0x829a, rationals(&[(10, 2500)])),
        (0x829d, rationals(&[(28, 10)])),
        (0x8827, Field::Short(400)),
        (0x9003, Field::Text("2021:06:01 14:30:05")),
        (0x9011, Field::Text("+02:00")),
        (0x920a, rationals(&[(350, 10)])),
        (0x9291, Field::Text("250")),
        (0xa434, Field::Text("RF 24-70mm F2.8")),
    ];
    let position = [
        (0x0001, Field::Text("N")),
        (0x0002, rationals(&[(48, 1), (51, 1), (3000, 100)])),
        (0x0003, Field::Text("E")),
        (0x0004, rationals(&[(2, 1), (17, 1), (40, 1)])),
    ];
    tiff(&first, &camera, &position)
}

fn read_jpeg(tiff: &[u8]) -> Metadata {
    let bench = Bench::new();
    let source = bench.write("a.jpg", &support::with_exif(&jpeg(&quarters(60, 40)), tiff));
    read(&source, None).expect("metadata")
}

#[test]
fn everything_a_camera_writes_is_read() {
    let read = read_jpeg(&full_tiff());
    assert_eq!(read.description.as_deref(), Some("A tower"));
    assert_eq!((read.make.as_deref(), read.model.as_deref()), (Some("Canon"), Some("EOS R5")));
    assert_eq!(read.lens_model.as_deref(), Some("RF 24-70mm F2.8"));
    assert_eq!((read.exposure_time.as_deref(), read.f_number, read.iso), (Some("1/250"), Some(2.8), Some(400)));
    assert_eq!((read.focal_length, read.rating, read.orientation), (Some(35.0), Some(4), Some(6)));
    assert_eq!(
        (read.image_width, read.image_height, read.width, read.height),
        (Some(60), Some(40), Some(40), Some(60))
    );
    let taken = read.date_time_original.expect("a date");
    assert_eq!(taken.to_rfc3339(), "2021-06-01T12:30:05.250+00:00");
    assert_eq!(read.local_date_time.expect("a date").to_string(), "2021-06-01 14:30:05.250");
    assert_eq!(read.time_zone.as_deref(), Some("Europe/Paris"), "the place has that offset then");
    assert!((read.latitude.expect("a position") - 48.858_333).abs() < 1e-5);
    assert!((read.longitude.expect("a position") - 2.294_444).abs() < 1e-5);
}

#[test]
fn what_is_missing_stays_away() {
    let read = read_jpeg(&tiff(&[(0x0132, Field::Text("2021:06:01 14:30:05"))], &[], &[]));
    assert_eq!(read.date_time_original, None, "when a file was changed is not when the picture was taken");
    let zeros = [
        (0x0001, Field::Text("N")),
        (0x0002, rationals(&[(0, 1), (0, 1), (0, 1)])),
        (0x0003, Field::Text("E")),
        (0x0004, rationals(&[(0, 1), (0, 1), (0, 1)])),
    ];
    let read = read_jpeg(&tiff(&[], &[(0x9003, Field::Text("0000:00:00 00:00:00"))], &zeros));
    assert_eq!((read.latitude, read.longitude, read.date_time_original), (None, None, None));
    let nonsense = [(0x0001, Field::Text("N")), (0x0002, rationals(&[(5, 0)])), (0x0004, rationals(&[(500, 1)]))];
    assert_eq!(read_jpeg(&tiff(&[], &[], &nonsense)).latitude, None);
}

#[test]
fn without_an_offset_the_place_tells_the_zone() {
    let position = [
        (0x0001, Field::Text("S")),
        (0x0002, rationals(&[(33, 1), (52, 1), (0, 1)])),
        (0x0003, Field::Text("E")),
        (0x0004, rationals(&[(151, 1), (12, 1), (0, 1)])),
    ];
    let read = read_jpeg(&tiff(&[], &[(0x9003, Field::Text("2021:01:01 00:30:00"))], &position));
    assert_eq!(read.time_zone.as_deref(), Some("Australia/Sydney"));
    assert_eq!(read.date_time_original.expect("a date").to_rfc3339(), "2020-12-31T13:30:00+00:00");
    assert!(read.latitude.expect("a position") < -33.0);
}

#[test]
fn the_time_of_the_satellites_is_better_than_none() {
    let position = [(0x0007, rationals(&[(9, 1), (8, 1), (759, 100)])), (0x001d, Field::Text("2019:03:04"))];
    let read = read_jpeg(&tiff(&[], &[], &position));
    assert_eq!(read.date_time_original.expect("a date").to_rfc3339(), "2019-03-04T09:08:07.590+00:00");
}

#[test]
fn both_halves_of_a_live_photo_have_the_same_name() {
    let id = "6F1C2B1E-6C6B-4B39-9E5B-1B2C3D4E5F60";
    let mut note = b"Apple iOS\0\0\x01MM\0\x01\0\x11\0\x02\0\0\0\x25\0\0\0\x1c".to_vec();
    note.extend(id.as_bytes());
    note.push(0);
    let read = read_jpeg(&tiff(&[], &[(0x927c, Field::Bytes(note))], &[]));
    assert_eq!(read.live_photo_cid.as_deref(), Some(id));
}

const XMP: &str = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
    <rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" xmp:Rating="5"
    exif:GPSLatitude="40,26,46N" exif:GPSLongitude="79,58,56W" GPano:ProjectionType="equirectangular"
    exif:DateTimeOriginal="2019-01-02T03:04:05-05:00"><dc:description><rdf:Alt><rdf:li xml:lang="x-default">Tom &amp;
    Anna&#33;</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"#;

#[test]
fn a_sidecar_wins_over_the_file() {
    let bench = Bench::new();
    let source = bench.write("a.jpg", &support::with_exif(&jpeg(&quarters(60, 40)), &full_tiff()));
    let utf8 = bench.write("a.xmp", XMP.as_bytes());
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(XMP.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let utf16 = bench.write("b.xmp", &utf16);
    for sidecar in [utf8, utf16] {
        let read = read(&source, Some(&sidecar)).expect("metadata");
        assert_eq!(read.description.as_deref(), Some("Tom &\n    Anna!"));
        assert_eq!((read.rating, read.projection_type.as_deref()), (Some(5), Some("EQUIRECTANGULAR")));
        assert_eq!(read.date_time_original.expect("a date").to_rfc3339(), "2019-01-02T08:04:05+00:00");
        assert_eq!(read.time_zone.as_deref(), Some("America/New_York"));
        assert!((read.longitude.expect("a position") + 79.982_222).abs() < 1e-5);
        assert_eq!(read.make.as_deref(), Some("Canon"), "the file still tells the rest");
    }
}

#[test]
fn a_sidecar_takes_stars_away() {
    let bench = Bench::new();
    let source = bench.write("a.jpg", &support::with_exif(&jpeg(&quarters(60, 40)), &full_tiff()));
    let sidecar = bench.write("a.xmp", XMP.replace("Rating=\"5\"", "Rating=\"0\"").as_bytes());
    assert_eq!(read(&source, Some(&sidecar)).expect("metadata").rating, None);
}

#[test]
fn a_packet_in_the_picture_fills_what_exif_leaves_open() {
    let bench = Bench::new();
    let bytes = support::with_xmp(&support::with_exif(&jpeg(&quarters(60, 40)), &full_tiff()), XMP);
    let read = read(&bench.write("a.jpg", &bytes), None).expect("metadata");
    assert_eq!(read.description.as_deref(), Some("A tower"));
    assert_eq!(read.projection_type.as_deref(), Some("EQUIRECTANGULAR"));
}

#[test]
fn profiles_are_told_by_name() {
    let bench = Bench::new();
    let p3 = moxcms::ColorProfile::new_display_p3().encode().expect("a profile");
    let source = bench.write("a.jpg", &support::with_profile(&jpeg(&quarters(60, 40)), &p3));
    let read = read(&source, None).expect("metadata");
    assert!(
        read.profile_description.as_deref().is_some_and(|name| name.contains("P3")),
        "{:?}",
        read.profile_description
    );
}

#[test]
fn files_that_say_nothing_are_no_error() {
    let bench = Bench::new();
    for (name, bytes) in [("empty.jpg", Vec::new()), ("text.heic", b"only text".to_vec())] {
        assert_eq!(read(&bench.write(name, &bytes), None).expect("an empty answer"), Metadata::default());
    }
    let png = bench.write("plain.png", &encoded(quarters(30, 20), image::ImageFormat::Png));
    let read_png = read(&png, None).expect("metadata");
    assert_eq!((read_png.width, read_png.height), (Some(30), Some(20)));
    let film = bench.write("film.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0isom");
    assert_eq!(video(&film, None).expect("an empty answer"), Metadata::default());
}

#[test]
fn real_files_tell_what_they_are_known_to_tell() {
    let Some(heic) = support::real("formats/heic/IMG_2682.heic") else { return };
    let read_heic = read(&heic, None).expect("metadata");
    eprintln!("{read_heic:#?}");
    assert_eq!(read_heic.make.as_deref(), Some("Apple"));
    assert_eq!((read_heic.width, read_heic.height), (Some(4032), Some(3024)));
    assert!(read_heic.date_time_original.is_some() && read_heic.profile_description.is_some());
    for name in
        ["formats/motionphoto/samsung-one-ui-6.heic", "formats/avif/8bit-sRGB.avif", "faces/portrait-orientation-6.jpg"]
    {
        let Some(path) = support::real(name) else { return };
        let found = read(&path, None).expect("metadata");
        eprintln!("{name}: {found:#?}");
        assert!(found.width.is_some_and(|width| width > 0), "{name}");
    }
}

proptest::proptest! {
    /// Close to real files, so that damage reaches the depths of the parsers.
    #[test]
    fn damaged_files_never_panic(damage in proptest::collection::vec((0usize..4000, proptest::num::u8::ANY), 1..12)) {
        let bench = Bench::new();
        let mut bytes = support::with_xmp(&support::with_exif(&jpeg(&quarters(16, 16)), &full_tiff()), XMP);
        let length = bytes.len();
        for (at, value) in damage {
            bytes[at % length] = value;
        }
        let source = bench.write("a.jpg", &bytes);
        let sidecar = bench.write("a.xmp", &bytes[length / 4..]);
        read(&source, Some(&sidecar)).expect("an answer, however empty");
    }
}

#[test]
fn the_video_in_a_motion_photo_is_found() {
    let video = [b"\0\0\0\x18ftypmp42\0\0\0\0isommp42".as_slice(), &[7; 200]].concat();
    let bench = Bench::new();
    let picture = jpeg(&quarters(60, 40));
    let xmp = format!("<x:xmpmeta><a GCamera:MicroVideo='1' GCamera:MicroVideoOffset='{}'/></x:xmpmeta>", video.len());
    let file = [support::with_xmp(&picture, &xmp), video.clone()].concat();
    let read_back = read(&bench.write("a.jpg", &file), None).expect("metadata");
    let found = read_back.motion_video.expect("a video");
    assert_eq!((found.end(), found.length), (file.len() as u64, video.len() as u64));
    let still = read(&bench.write("b.jpg", &picture), None).expect("metadata");
    assert_eq!(still.motion_video, None);
}

#[test]
fn samsung_s_heic_has_its_video_in_a_box() {
    let Some(path) = support::real("formats/motionphoto/samsung-one-ui-6.heic") else { return };
    let found = read(&path, None).expect("metadata").motion_video.expect("a video");
    // As `exiftool -v3` says: the content of the box `mpvd`.
    assert_eq!((found.offset, found.length), (452_284, 3_226_469));
}
