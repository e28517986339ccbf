//! The photographs that are measured with: made once by `bench/pictures.mjs`, the same for every run and both sides.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{build, fingerprint::Stamp, paths, say, shell};

/// What is to be made.
pub struct Set {
    pub name: &'static str,
    pub count: u32,
    pub width: u32,
    pub height: u32,
    pub quality: u32,
    pub profile: &'static str,
    /// The ending of their names.
    pub format: &'static str,
}

/// What telephones make.
pub const LARGE: Set =
    Set { name: "large", count: 20, width: 4000, height: 3000, quality: 90, profile: "srgb", format: "jpg" };
/// The same with the colours of newer telephones.
pub const LARGE_P3: Set = Set { name: "large-p3", count: 10, profile: "p3", ..LARGE };
/// What they make on demand.
pub const HUGE: Set = Set { name: "huge", count: 5, width: 8064, height: 6048, ..LARGE };
/// What is to come after HEIC, by a codec that everybody may use.
pub const AVIF: Set = Set { name: "avif", count: 5, quality: 60, format: "avif", ..LARGE };
/// About 100 kB each.
pub const SMALL: Set = Set { name: "small", count: 50, width: 1280, height: 960, quality: 52, ..LARGE };

/// `bench/`: the peer and the scripts, installed.
pub fn scripts() -> Result<PathBuf> {
    let folder = paths::repository().join("crates/xtask/bench");
    build::node_packages(&folder)?;
    Ok(folder)
}

impl Set {
    /// The files in the order of their names.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        let scripts = scripts()?;
        let script = scripts.join("pictures.mjs");
        let numbers = [self.count, self.width, self.height, self.quality].map(|number| number.to_string());
        let made = format!("bench-pictures/{}-{}-{}-{}", self.name, numbers.join("-"), self.profile, self.format);
        let folder = paths::workshop()?.join(made);
        let stamp = Stamp::new(folder.with_extension("stamp"), &[script.clone(), scripts.join("package-lock.json")])?;
        if !stamp.is_current() {
            say::note(&format!("making {} pictures of {} x {}", self.count, self.width, self.height));
            let words = [self.profile, self.format];
            shell::run(Command::new("node").arg(script).arg(&folder).args(numbers).args(words))?;
            stamp.write()?;
        }
        files_in(&folder)
    }
}

pub(super) fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();
    Ok(files)
}

/// A photo of an iPhone, which nobody can make here. As tests do, it is looked for beside the repository.
pub fn heic() -> Option<PathBuf> {
    let file = paths::repository().join("../shared/media/formats/heic/IMG_2682.heic");
    file.exists().then_some(file)
}

/// The same picture as another file: with a comment, which JPEG allows after its first two bytes.
pub fn with_comment(jpeg: &[u8], comment: &str) -> Vec<u8> {
    let length = u16::try_from(comment.len() + 2).expect("comments are short");
    let segment = [&[0xff, 0xfe], length.to_be_bytes().as_slice(), comment.as_bytes()].concat();
    [&jpeg[..2], &segment, &jpeg[2..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_makes_another_file_of_a_picture() {
        assert_eq!(with_comment(&[0xff, 0xd8, 0xff, 0xd9], "a"), b"\xff\xd8\xff\xfe\x00\x03a\xff\xd9");
    }
}
