//! RAW files as cameras write them: a JPEG for whoever only wants to look, and what the sensor saw. DNG, since it is
//! TIFF with a few fields more.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::pictures::{self, Set};
use crate::{fingerprint::Stamp, paths, say};

const SHORT: u16 = 3;
const LONG: u16 = 4;

/// Each picture of the set inside a RAW file of as many pixels.
pub fn files(set: &Set) -> Result<Vec<PathBuf>> {
    let previews = set.files()?;
    let folder = paths::workshop()?.join("bench-pictures/raw");
    let stamp = Stamp::new(folder.with_extension("stamp"), &previews)?;
    if !stamp.is_current() {
        say::note(&format!("putting {} pictures into RAW files", previews.len()));
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        for preview in &previews {
            let name = preview.file_stem().context("a picture has a name")?;
            write(&folder.join(name).with_extension("dng"), &fs::read(preview)?, set)?;
        }
        stamp.write()?;
    }
    pictures::files_in(&folder)
}

/// Fields of a directory: tag, type, count, and the value or where it is.
type Fields = Vec<(u16, u16, u32, u32)>;

fn write(path: &Path, preview: &[u8], set: &Set) -> Result<()> {
    const HEAD: u32 = 8;
    // Make, model, version: texts and values that do not fit into their field.
    let extra = b"Ferrotype\0Bench\0";
    let preview_at = HEAD + extra.len() as u32;
    let preview_length = u32::try_from(preview.len()).context("a preview is small")?;
    let sensor_at = preview_at + preview_length.next_multiple_of(2);
    let sensor_length = set.width * set.height * 2;
    let whole_at = sensor_at + sensor_length;
    let mut whole: Fields = vec![
        (254, LONG, 1, 1),
        (256, LONG, 1, set.width),
        (257, LONG, 1, set.height),
        (259, SHORT, 1, 7),
        (262, SHORT, 1, 6),
        (271, 2, 10, HEAD),
        (272, 2, 6, HEAD + 10),
        (273, LONG, 1, preview_at),
        (277, SHORT, 1, 3),
        (278, LONG, 1, set.height),
        (279, LONG, 1, preview_length),
        (330, LONG, 1, 0),
        (50_706, 1, 4, u32::from_le_bytes([1, 4, 0, 0])),
    ];
    let sensor_directory_at = whole_at + 2 + 12 * whole.len() as u32 + 4;
    whole[11].3 = sensor_directory_at;
    let sensor: Fields = vec![
        (254, LONG, 1, 0),
        (256, LONG, 1, set.width),
        (257, LONG, 1, set.height),
        (258, SHORT, 1, 16),
        (259, SHORT, 1, 1),
        (262, SHORT, 1, 32_803),
        (273, LONG, 1, sensor_at),
        (277, SHORT, 1, 1),
        (278, LONG, 1, set.height),
        (279, LONG, 1, sensor_length),
        // Red, green, green, blue, in squares of two by two.
        (33_421, SHORT, 2, 2 | 2 << 16),
        (33_422, 1, 4, u32::from_le_bytes([0, 1, 1, 2])),
    ];
    let mut file = fs::File::create(path).with_context(|| format!("create {}", path.display()))?;
    file.write_all(b"II\x2a\0")?;
    file.write_all(&whole_at.to_le_bytes())?;
    file.write_all(extra)?;
    file.write_all(preview)?;
    file.set_len(u64::from(whole_at))?;
    let mut directories = directory(&whole);
    directories.extend(directory(&sensor));
    std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(whole_at.into()))?;
    file.write_all(&directories)?;
    Ok(())
}

fn directory(fields: &Fields) -> Vec<u8> {
    let mut bytes = (fields.len() as u16).to_le_bytes().to_vec();
    for (tag, kind, count, value) in fields {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes
}
