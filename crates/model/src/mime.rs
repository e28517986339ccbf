//! The one table of file extensions: which are accepted, what kind they are, what type they are served as.

use crate::assets::AssetType;

/// What a file with a known extension is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Image,
    Video,
    Sidecar,
}

/// Extension without dot, kind, MIME type, and whether every browser shows it as it is.
struct Entry(&'static str, FileKind, &'static str, bool);

use FileKind::{Image, Sidecar, Video};

const TABLE: &[Entry] = &[
    // Images that browsers show
    Entry("avif", Image, "image/avif", true),
    Entry("bmp", Image, "image/bmp", true),
    Entry("gif", Image, "image/gif", true),
    Entry("jpeg", Image, "image/jpeg", true),
    Entry("jpg", Image, "image/jpeg", true),
    Entry("png", Image, "image/png", true),
    Entry("webp", Image, "image/webp", true),
    // Other images
    Entry("heic", Image, "image/heic", false),
    Entry("heif", Image, "image/heif", false),
    Entry("hif", Image, "image/hif", false),
    Entry("insp", Image, "image/jpeg", false),
    Entry("jp2", Image, "image/jp2", false),
    Entry("jpe", Image, "image/jpeg", false),
    Entry("jxl", Image, "image/jxl", false),
    Entry("mpo", Image, "image/jpeg", false),
    Entry("psd", Image, "image/psd", false),
    Entry("svg", Image, "image/svg", false),
    Entry("tif", Image, "image/tiff", false),
    Entry("tiff", Image, "image/tiff", false),
    // Raw
    Entry("3fr", Image, "image/3fr", false),
    Entry("ari", Image, "image/ari", false),
    Entry("arw", Image, "image/arw", false),
    Entry("cap", Image, "image/cap", false),
    Entry("cin", Image, "image/cin", false),
    Entry("cr2", Image, "image/cr2", false),
    Entry("cr3", Image, "image/cr3", false),
    Entry("crw", Image, "image/crw", false),
    Entry("dcr", Image, "image/dcr", false),
    Entry("dng", Image, "image/dng", false),
    Entry("erf", Image, "image/erf", false),
    Entry("fff", Image, "image/fff", false),
    Entry("iiq", Image, "image/iiq", false),
    Entry("k25", Image, "image/k25", false),
    Entry("kdc", Image, "image/kdc", false),
    Entry("mrw", Image, "image/mrw", false),
    Entry("nef", Image, "image/nef", false),
    Entry("nrw", Image, "image/nrw", false),
    Entry("orf", Image, "image/orf", false),
    Entry("ori", Image, "image/ori", false),
    Entry("pef", Image, "image/pef", false),
    Entry("raf", Image, "image/raf", false),
    Entry("raw", Image, "image/raw", false),
    Entry("rw2", Image, "image/rw2", false),
    Entry("rwl", Image, "image/rwl", false),
    Entry("sr2", Image, "image/sr2", false),
    Entry("srf", Image, "image/srf", false),
    Entry("srw", Image, "image/srw", false),
    Entry("x3f", Image, "image/x3f", false),
    // Videos
    Entry("3gp", Video, "video/3gpp", false),
    Entry("3gpp", Video, "video/3gpp", false),
    Entry("avi", Video, "video/avi", false),
    Entry("flv", Video, "video/x-flv", false),
    Entry("insv", Video, "video/mp4", false),
    Entry("m2t", Video, "video/mp2t", false),
    Entry("m2ts", Video, "video/mp2t", false),
    Entry("m4v", Video, "video/x-m4v", false),
    Entry("mkv", Video, "video/x-matroska", false),
    Entry("mov", Video, "video/quicktime", false),
    Entry("mp4", Video, "video/mp4", false),
    Entry("mpe", Video, "video/mpeg", false),
    Entry("mpeg", Video, "video/mpeg", false),
    Entry("mpg", Video, "video/mpeg", false),
    Entry("mts", Video, "video/mp2t", false),
    Entry("mxf", Video, "application/mxf", false),
    Entry("ts", Video, "video/mp2t", false),
    Entry("vob", Video, "video/mpeg", false),
    Entry("webm", Video, "video/webm", false),
    Entry("wmv", Video, "video/x-ms-wmv", false),
    // Sidecars
    Entry("xmp", Sidecar, "application/xml", false),
];

/// Those of the table that name a camera's RAW.
const RAW: [&str; 29] = [
    "3fr", "ari", "arw", "cap", "cin", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff", "iiq", "k25", "kdc", "mrw",
    "nef", "nrw", "orf", "ori", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f",
];

/// The extension of a file name: lower case, without the dot, empty when there is none.
pub fn extension(file_name: &str) -> String {
    match file_name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && !extension.contains(['/', '\\']) => {
            extension.to_ascii_lowercase()
        }
        _ => String::new(),
    }
}

fn entry(file_name: &str) -> Option<&'static Entry> {
    let extension = extension(file_name);
    TABLE.iter().find(|entry| entry.0 == extension)
}

pub fn kind(file_name: &str) -> Option<FileKind> {
    entry(file_name).map(|entry| entry.1)
}

/// The asset type that an upload of this name becomes; `None` when we do not accept it.
pub fn asset_type(file_name: &str) -> Option<AssetType> {
    match kind(file_name)? {
        Image => Some(AssetType::Image),
        Video => Some(AssetType::Video),
        Sidecar => None,
    }
}

/// MIME type by extension, `application/octet-stream` when unknown.
pub fn mime_type(file_name: &str) -> &'static str {
    entry(file_name).map_or("application/octet-stream", |entry| entry.2)
}

/// Whether every browser shows the file as it is.
pub fn is_web_safe(file_name: &str) -> bool {
    entry(file_name).is_some_and(|entry| entry.3)
}

/// Whether it is what a camera's sensor saw, not yet developed into a picture.
pub fn is_raw(file_name: &str) -> bool {
    RAW.contains(&extension(file_name).as_str())
}

/// Whether a user may be shown by it. Nothing is made of profile images, so every browser must show them as they are;
/// what moves or is not compressed is no portrait.
pub fn is_profile_image(file_name: &str) -> bool {
    is_web_safe(file_name) && !matches!(extension(file_name).as_str(), "bmp" | "gif")
}

/// Extensions of a kind with their leading dot, in the table's order.
pub fn extensions_of(kind: FileKind) -> Vec<String> {
    TABLE.iter().filter(|entry| entry.1 == kind).map(|entry| format!(".{}", entry.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_ignores_case_and_needs_a_stem() {
        assert_eq!(extension("IMG.JPG"), "jpg");
        assert_eq!(extension(".jpg"), "");
        assert_eq!(extension("a.b/c"), "");
        assert_eq!(mime_type("a.HEIC"), "image/heic");
        assert_eq!(asset_type("a.xmp"), None);
        assert!(is_profile_image("me.PNG") && !is_profile_image("me.svg") && !is_profile_image("me.mp4"));
    }

    #[test]
    fn no_extension_stands_twice() {
        let mut names: Vec<_> = TABLE.iter().map(|entry| entry.0).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TABLE.len());
    }
}
