//! What is read and written here, compared field by field with what exiftool says of the same files. Skipped, saying so,
//! without it.

mod support;

use media::extract;
use metadata::{Metadata, SidecarEdits};
use serde_json::{Map, Value};
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use support::{Bench, encoded, jpeg, quarters};

type Said = Map<String, Value>;

/// Where the two differ on purpose: part of the file's path, the field, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("prairie_falcon.jpg", "lens", "the camera's own name of it, without the maker in front"),
    ("denali.webp", "lens", "likewise"),
    ("el_torcal_rocks", "lens", "its number is that of many lenses; what XMP calls it is more than one guess of them"),
];

/// What exiftool says of each, numbers as numbers; `None` where it is not installed. Starting it takes longer than a file.
fn exiftool(paths: &[PathBuf]) -> Option<Vec<Said>> {
    let mut command = Command::new("exiftool");
    // The first of two that have one name counts: these as people read them, all others as numbers.
    let fields = ["-ExposureTime", "-LensID", "-LensType", "-all#"];
    command.args(["-json", "-struct", "-api", "QuickTimeUTC"]).args(fields);
    // It shows instants in the zone of the machine.
    let Ok(output) = command.env("TZ", "UTC").args(paths).output() else {
        eprintln!("skipped: exiftool is not installed");
        return None;
    };
    if paths.is_empty() {
        return Some(Vec::new());
    }
    let said: Vec<Said> = serde_json::from_slice(&output.stdout).expect("exiftool says JSON");
    assert_eq!(said.len(), paths.len(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(said)
}

fn is_installed() -> bool {
    exiftool(&[]).is_some()
}

/// Lets exiftool write tags into files, or make sidecars of them.
fn write(files: &[(PathBuf, Vec<&str>)]) {
    let mut command = Command::new("exiftool");
    for (path, tags) in files {
        command.args(tags).arg(path).arg("-execute");
    }
    command.args(["-common_args", "-overwrite_original", "-n", "-api", "QuickTimeUTC"]).env("TZ", "UTC");
    let output = command.output().expect("exiftool is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Every field that is compared: its name, what we read, and under which of exiftool's names the same is found, the best
/// first.
fn compared(read: &Metadata) -> Vec<(&'static str, Value, &'static [&'static str])> {
    const DATES: &[&str] = &[
        "SubSecDateTimeOriginal",
        "SubSecCreateDate",
        "DateTimeOriginal",
        "CreationDate",
        "CreateDate",
        "MediaCreateDate",
        "DateTimeCreated",
        "GPSDateTime",
        "DateTimeUTC",
        "SonyDateTime2",
        "SourceImageCreateTime",
    ];
    let date = read.local_date_time.map(|local| local.format("%Y:%m:%d %H:%M:%S%.3f").to_string());
    let seconds = read.duration_ms.map(|duration| duration as f64 / 1000.0);
    vec![
        ("description", read.description.clone().into(), &["ImageDescription", "Description", "Caption-Abstract"]),
        ("make", read.make.clone().into(), &["Make", "AndroidManufacturer"]),
        ("model", read.model.clone().into(), &["Model", "AndroidModel"]),
        ("lens", read.lens_model.clone().into(), &["LensID", "LensType", "LensSpec", "LensModel"]),
        ("f-number", read.f_number.into(), &["FNumber"]),
        ("focal length", read.focal_length.into(), &["FocalLength"]),
        ("ISO", read.iso.into(), &["ISO"]),
        ("exposure", read.exposure_time.clone().into(), &["ExposureTime"]),
        ("latitude", read.latitude.into(), &["GPSLatitude"]),
        ("longitude", read.longitude.into(), &["GPSLongitude"]),
        ("rating", read.rating.into(), &["Rating"]),
        ("tags", read.tags.clone().into(), &["TagsList", "HierarchicalSubject", "Keywords", "Subject"]),
        ("date", date.into(), DATES),
        ("profile", read.profile_description.clone().into(), &["ProfileDescription"]),
        ("live photo", read.live_photo_cid.clone().into(), &["ContentIdentifier", "MediaGroupUUID"]),
        ("projection", read.projection_type.clone().into(), &["ProjectionType"]),
        ("width", read.image_width.into(), &["ImageWidth"]),
        ("height", read.image_height.into(), &["ImageHeight"]),
        ("fps", read.fps.into(), &["VideoFrameRate"]),
        ("seconds", seconds.into(), &["Duration"]),
    ]
}

/// Whatever exiftool says we must say, too. What only we say is no fault: it comes from fields of other names.
fn differences(path: &Path, read: &Metadata, said: &Said) -> Vec<String> {
    let name = path.display().to_string();
    let is_known = |field: &str| DIFFERENCES.iter().any(|(file, of, _)| name.contains(file) && *of == field);
    let mut found = Vec::new();
    for (field, ours, names) in compared(read) {
        let Some(theirs) = names.iter().find_map(|name| said.get(*name).filter(|value| !is_nothing(value))) else {
            continue;
        };
        if !is_same(field, &ours, theirs) && !is_known(field) {
            found.push(format!("{name}: {field} is {ours} here and {theirs} there"));
        }
    }
    found
}

/// Nothing, written out at length.
fn is_nothing(value: &Value) -> bool {
    let text = text(value);
    let text = text.trim();
    text.is_empty()
        || text == "0"
        || text == "----"
        || text.starts_with("Unknown")
        || text.starts_with("0000")
        || text.starts_with("1904:01:01 00:00:00")
}

fn is_same(field: &str, ours: &Value, theirs: &Value) -> bool {
    let number = |value: &Value| text(value).parse::<f64>().ok();
    match (field, ours, theirs) {
        // Theirs is as long as what is written there: with the fraction or without, with the offset or without.
        ("date", Value::String(ours), theirs) => {
            let theirs = text(theirs);
            let (local, fraction) = (theirs.get(..19), theirs.get(19..).unwrap_or_default());
            let digits = fraction.strip_prefix('.').unwrap_or_default();
            let digits: String = digits.chars().take_while(char::is_ascii_digit).take(3).collect();
            ours.get(..19) == local && ours.get(20..).is_some_and(|ours| ours.starts_with(&digits))
        }
        ("projection", Value::String(ours), theirs) => *ours == text(theirs).to_uppercase(),
        // A tree has bars there, slashes here; one tag alone is no list there.
        (_, Value::Array(ours), theirs) => {
            let theirs = theirs.as_array().cloned().unwrap_or_else(|| vec![theirs.clone()]);
            let slashes = |value: &Value| text(value).replace('|', "/");
            ours.iter().map(text).eq(theirs.iter().map(slashes))
        }
        _ => match (number(ours), number(theirs)) {
            (Some(ours), Some(theirs)) => (ours - theirs).abs() <= 1e-3 * theirs.abs().max(1e-3),
            _ => text(ours) == text(theirs).trim(),
        },
    }
}

/// exiftool says numbers where a text looks like one.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Reads the files here and there.
fn compare(paths: &[PathBuf], is_film: bool) -> Vec<(Metadata, Said)> {
    let said = exiftool(paths).expect("exiftool is there");
    let read = if is_film { extract::video } else { extract::image };
    let pairs = paths.iter().map(|path| read(path, None).expect("metadata")).zip(said);
    let pairs: Vec<(Metadata, Said)> = pairs.collect();
    let found: Vec<String> =
        paths.iter().zip(&pairs).flat_map(|(path, (read, said))| differences(path, read, said)).collect();
    assert!(found.is_empty(), "{} differences\n{}", found.len(), found.join("\n"));
    pairs
}

const TAGS: &[&str] = &[
    "-EXIF:Make=Canon",
    "-EXIF:Model=EOS R5",
    "-EXIF:LensModel=RF 24-70mm F2.8 L",
    "-EXIF:FNumber=2.8",
    "-EXIF:ExposureTime=0.004",
    "-EXIF:ISO=400",
    "-EXIF:FocalLength=35",
    "-EXIF:DateTimeOriginal=2021:06:01 14:30:05",
    "-EXIF:OffsetTimeOriginal=+02:00",
    "-EXIF:GPSLatitude=33.86882",
    "-EXIF:GPSLatitudeRef=S",
    "-EXIF:GPSLongitude=151.209296",
    "-EXIF:GPSLongitudeRef=E",
    "-XMP-xmp:Rating=4",
    "-XMP-dc:Description=A tower & more",
    "-XMP-digiKam:TagsList=places/Paris",
    "-XMP-digiKam:TagsList=friends",
];

#[test]
fn files_written_by_exiftool_are_read_as_it_reads_them() {
    let bench = Bench::new();
    if !is_installed() {
        return;
    }
    let picture = || quarters(60, 40);
    let containers = [
        bench.write("a.jpg", &jpeg(&picture())),
        bench.write("a.png", &encoded(picture(), image::ImageFormat::Png)),
        bench.write("a.tif", &encoded(picture(), image::ImageFormat::Tiff)),
        bench.write("a.webp", &encoded(picture(), image::ImageFormat::WebP)),
    ];
    write(&containers.clone().map(|path| (path, TAGS.to_vec())));
    for (read, said) in compare(&containers, false) {
        let name = &said["SourceFile"];
        assert_eq!((read.lens_model.as_deref(), read.rating), (Some("RF 24-70mm F2.8 L"), Some(4)), "{name}");
        assert_eq!(read.tags, ["places/Paris", "friends"], "{name}");
        assert_eq!(read.time_zone.as_deref(), Some("UTC+2"), "{name}: Sydney has another offset");
    }
}

/// Few fields at a time, in a file that says nothing else: what counts in which order, and where each may stand.
#[test]
fn every_field_alone_is_read_as_exiftool_reads_it() {
    const FIELDS: &[&[&str]] = &[
        &["-EXIF:CreateDate=2001:02:03 04:05:06", "-EXIF:SubSecTimeDigitized=25"],
        &["-EXIF:CreateDate=2001:02:03 04:05:06", "-EXIF:DateTimeOriginal=1999:02:03 04:05:06"],
        &["-EXIF:CreateDate=2001:02:03 04:05:06.5", "-EXIF:OffsetTimeDigitized=-03:30"],
        &["-EXIF:GPSDateStamp=2001:02:03", "-EXIF:GPSTimeStamp=04:05:06.75"],
        &["-XMP-exif:DateTimeOriginal=2001:02:03 04:05:06+01:00"],
        &["-XMP-xmp:CreateDate=2001:02:03 04:05:06"],
        &["-XMP-xmp:CreateDate=2001:02:03 04:05:06.123-08:00"],
        &["-XMP-exif:GPSDateTime=2001:02:03 04:05:06Z"],
        &["-IPTC:DateCreated=2001:02:03", "-IPTC:TimeCreated=04:05:06+00:00"],
        &["-EXIF:ImageDescription= padded \u{fc}ber "],
        &["-XMP-dc:Description=from a packet"],
        &["-XMP-tiff:ImageDescription=from another field"],
        &["-IPTC:Caption-Abstract=a caption", "-XMP-dc:Description=and a packet"],
        &["-XMP-lr:HierarchicalSubject=places|Paris", "-IPTC:Keywords=Paris"],
        &["-XMP-dc:Subject=one", "-XMP-dc:Subject=two"],
        &["-IPTC:Keywords=one", "-IPTC:Keywords=two", "-IPTC:Caption-Abstract=An old caption"],
        &["-IPTC:Keywords=caf\u{e9}"],
        &["-XMP-dc:Subject=1999"],
        &["-EXIF:Rating=3"],
        &["-XMP-xmp:Rating=5", "-EXIF:Rating=2"],
        &["-EXIF:LensInfo=24 70 2.8 2.8"],
        &["-XMP-aux:Lens=EF50mm f/1.8 STM"],
        &["-XMP-exifEX:LensModel=EF50mm f/1.8 STM"],
        &["-XMP-exif:GPSLatitude=40.446111", "-XMP-exif:GPSLongitude=-79.982222"],
        &["-EXIF:GPSLatitude=0", "-EXIF:GPSLatitudeRef=N", "-EXIF:GPSLongitude=12.5", "-EXIF:GPSLongitudeRef=W"],
        &["-EXIF:ExposureTime=2.5", "-EXIF:FNumber=11", "-EXIF:FocalLength=3.99"],
        &["-EXIF:ExposureTime=0.3"],
        &["-XMP-exif:ExposureTime=0.005", "-XMP-exif:FNumber=4", "-XMP-exif:FocalLength=85"],
        &["-XMP-exifEX:PhotographicSensitivity=800"],
        &["-XMP-tiff:Make=ACME", "-XMP-tiff:Model=Box 2"],
        &["-XMP-GPano:ProjectionType=equirectangular"],
    ];
    if !is_installed() {
        return;
    }
    let bench = Bench::new();
    let plain = jpeg(&quarters(60, 40));
    let file = |(index, fields): (usize, &&[&'static str])| {
        let name = fields.join(" ").replace(['/', ' '], "_");
        (bench.write(&format!("{index}{name}.jpg"), &plain), fields.to_vec())
    };
    let files: Vec<(PathBuf, Vec<&str>)> = FIELDS.iter().enumerate().map(file).collect();
    write(&files);
    let paths: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
    for (read, said) in compare(&paths, false) {
        let is_compared = compared(&read)
            .iter()
            .any(|(_, ours, names)| !ours.is_null() && names.iter().any(|name| said.contains_key(*name)));
        assert!(is_compared, "{said:?}");
    }
}

#[test]
fn films_are_read_as_exiftool_reads_them() {
    const TAGS: [&[&str]; 5] = [
        &["-Keys:Make=Apple", "-Keys:Model=iPhone 12", "-Keys:CreationDate=2021:06:01 14:30:05+02:00"],
        &["-Keys:GPSCoordinates=48.8583 2.2945 12", "-Keys:Description=A tower"],
        &["-QuickTime:CreateDate=2001:02:03 04:05:06"],
        &["-UserData:Make=ACME", "-UserData:Model=Box", "-UserData:GPSCoordinates=-33.8688 151.2093 0"],
        &["-XMP-xmp:Rating=3", "-XMP-dc:Subject=sea", "-XMP-dc:Description=Waves"],
    ];
    if !is_installed() {
        return;
    }
    let bench = Bench::new();
    let mut files = Vec::new();
    for kind in ["mp4", "mov"] {
        let plain = support::by_ffmpeg(&bench, &quarters(64, 48), &format!("plain.{kind}"));
        let plain = std::fs::read(plain).expect("a film");
        for (index, tags) in TAGS.iter().enumerate() {
            files.push((bench.write(&format!("{index}.{kind}"), &plain), tags.to_vec()));
        }
    }
    write(&files);
    compare(&files.into_iter().map(|(path, _)| path).collect::<Vec<_>>(), true);
}

#[test]
fn sidecars_go_both_ways() {
    let bench = Bench::new();
    let source = bench.write("a.jpg", &jpeg(&quarters(60, 40)));
    if !is_installed() {
        return;
    }
    let sidecar = bench.path("theirs.xmp");
    let tags = [
        "-XMP-exif:DateTimeOriginal=2019:01:02 03:04:05-05:00",
        "-XMP-exif:GPSLatitude=40.446111",
        "-XMP-exif:GPSLongitude=-79.982222",
        "-XMP-lr:HierarchicalSubject=places|Paris",
        "-XMP-dc:Title=kept",
    ];
    write(&[(sidecar.clone(), [TAGS, &tags].concat())]);
    let assert_same = |sidecar: &PathBuf| {
        let said = exiftool(std::slice::from_ref(sidecar)).expect("exiftool is there").remove(0);
        let read = extract::image(&source, Some(sidecar)).expect("metadata");
        // The picture's own size and colours are not the sidecar's.
        assert_eq!(differences(sidecar, &read, &said), [""; 0]);
        said
    };
    assert_same(&sidecar);

    let edits = SidecarEdits {
        description: Some("Tom & <Anna>".to_owned()),
        taken_at: Some("2001-02-03T04:05:06.250+05:45".parse().expect("a date")),
        position: Some((27.717_2, 85.324)),
        rating: Some(2),
        tags: Some(vec!["a/b".to_owned(), "c".to_owned()]),
    };
    for existing in [None, Some(std::fs::read(&sidecar).expect("the sidecar"))] {
        let ours = metadata::edit_sidecar(existing.as_deref(), &edits).expect("a sidecar");
        let said = assert_same(&bench.write("ours.xmp", &ours));
        assert_eq!(said["Description"], "Tom & <Anna>");
        assert_eq!(said["ImageDescription"], "Tom & <Anna>");
        assert_eq!(said["DateTimeOriginal"], "2001:02:03 04:05:06.250+05:45");
        assert_eq!(said["TagsList"], serde_json::json!(["a/b", "c"]));
        assert!((said["GPSLongitude"].as_f64().expect("a number") - 85.324).abs() < 1e-9);
        assert!(said.get("Warning").is_none() && said.get("Error").is_none(), "{said:?}");
        if existing.is_some() {
            assert_eq!((&said["Title"], &said["HierarchicalSubject"][0]), (&"kept".into(), &"places|Paris".into()));
        }
    }
}

#[test]
fn real_files_are_read_as_exiftool_reads_them() {
    let Some(folder) = support::real("formats") else { return };
    if !is_installed() {
        return;
    }
    let mut files = Vec::new();
    for folder in [folder.clone(), folder.with_file_name("nature"), folder.with_file_name("faces")] {
        collect(&folder, &mut files);
    }
    assert!(files.len() > 10, "{files:?}");
    compare(&files, false);
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
