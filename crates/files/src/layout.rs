//! Every path of the library. Ids and known extensions only.

use crate::Library;
use model::{
    assets::AssetFileType,
    ids::{AssetId, PersonId, UserId},
};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// How names of videos end that were inside a photo.
const MOTION_VIDEO: &str = "-MP.mp4";

/// The folders below the root; each may be a mount of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folder {
    Upload,
    Library,
    Thumbs,
    EncodedVideo,
    Profile,
    Backups,
}

impl Folder {
    pub const ALL: [Folder; 6] =
        [Self::EncodedVideo, Self::Library, Self::Upload, Self::Profile, Self::Thumbs, Self::Backups];

    pub fn name(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Library => "library",
            Self::Thumbs => "thumbs",
            Self::EncodedVideo => "encoded-video",
            Self::Profile => "profile",
            Self::Backups => "backups",
        }
    }
}

impl Library {
    pub fn folder(&self, folder: Folder) -> PathBuf {
        self.root().join(folder.name())
    }

    /// Where a new original lies: under an id of its own, not the asset's. `extension` without dot, of a known kind.
    pub fn original(&self, owner: UserId, file: Uuid, extension: &str) -> PathBuf {
        nested(&self.folder(Folder::Upload), owner, file, &format!("{file}{}", suffix(extension)))
    }

    /// The video that was inside a motion photo: the original of an asset of its own.
    pub fn motion_video(&self, owner: UserId, video: AssetId) -> PathBuf {
        nested(&self.folder(Folder::EncodedVideo), owner, video.0, &format!("{video}{MOTION_VIDEO}"))
    }

    /// Whether a path is one of those.
    pub fn is_motion_video(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        path.starts_with(self.folder(Folder::EncodedVideo)) && name.ends_with(MOTION_VIDEO.as_bytes())
    }

    /// A picture or video made of an asset. `extension` without dot.
    pub fn made(&self, owner: UserId, asset: AssetId, kind: AssetFileType, extension: &str) -> PathBuf {
        let (folder, name) = match kind {
            AssetFileType::Thumbnail => (Folder::Thumbs, format!("{asset}_thumbnail.{extension}")),
            AssetFileType::Preview => (Folder::Thumbs, format!("{asset}_preview.{extension}")),
            AssetFileType::Fullsize => (Folder::Thumbs, format!("{asset}_fullsize.{extension}")),
            AssetFileType::EncodedVideo => (Folder::EncodedVideo, format!("{asset}.{extension}")),
            AssetFileType::Sidecar => (Folder::Upload, format!("{asset}.{extension}")),
        };
        nested(&self.folder(folder), owner, asset.0, &name)
    }

    /// The picture of a person's face.
    pub fn person_thumbnail(&self, owner: UserId, person: PersonId) -> PathBuf {
        nested(&self.folder(Folder::Thumbs), owner, person.0, &format!("{person}.jpeg"))
    }

    /// Pieces of videos that are watched at this moment: a cache.
    pub fn streams(&self) -> PathBuf {
        self.folder(Folder::EncodedVideo).join(".streams")
    }

    /// A user's profile image.
    pub fn profile_image(&self, owner: UserId, file: Uuid, extension: &str) -> PathBuf {
        self.folder(Folder::Profile).join(owner.to_string()).join(format!("{file}{}", suffix(extension)))
    }

    /// Where a file is while it comes: on the mount where it is going to lie, so that a rename finishes it.
    pub(crate) fn incoming(&self, target: &Path) -> PathBuf {
        let folder = Folder::ALL.into_iter().find(|folder| target.starts_with(self.folder(*folder)));
        self.incoming_in(folder.unwrap_or(Folder::Upload))
    }

    pub(crate) fn incoming_in(&self, folder: Folder) -> PathBuf {
        self.folder(folder).join(".incoming")
    }
}

/// `<root>/<owner>/<ab>/<cd>/<name>`: a folder never holds more than a few hundred files.
fn nested(root: &Path, owner: UserId, id: Uuid, name: &str) -> PathBuf {
    let hex = id.simple().to_string();
    root.join(owner.to_string()).join(&hex[0..2]).join(&hex[2..4]).join(name)
}

/// An extension as it may stand in a path: a few plain characters, else none.
fn suffix(extension: &str) -> String {
    let plain = (1..=5).contains(&extension.len()) && extension.chars().all(|c| c.is_ascii_alphanumeric());
    if plain { format!(".{}", extension.to_ascii_lowercase()) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_existing_libraries() {
        let library = Library::new("/data".into());
        let owner = UserId("11111111-1111-4111-8111-111111111111".parse().unwrap());
        let id: Uuid = "abcdef01-2345-4789-8abc-def012345678".parse().unwrap();
        assert_eq!(
            library.original(owner, id, "JPG"),
            Path::new(
                "/data/upload/11111111-1111-4111-8111-111111111111/ab/cd/abcdef01-2345-4789-8abc-def012345678.jpg"
            )
        );
        let thumbnail = library.made(owner, AssetId(id), AssetFileType::Thumbnail, "webp");
        assert!(thumbnail.ends_with("ab/cd/abcdef01-2345-4789-8abc-def012345678_thumbnail.webp"));
        assert!(thumbnail.starts_with("/data/thumbs"));
        let face = library.person_thumbnail(owner, PersonId(id));
        assert!(face.ends_with("ab/cd/abcdef01-2345-4789-8abc-def012345678.jpeg") && face.starts_with("/data/thumbs"));
        let video = library.motion_video(owner, AssetId(id));
        assert!(video.ends_with("ab/cd/abcdef01-2345-4789-8abc-def012345678-MP.mp4"));
        assert!(library.is_motion_video(&video) && !library.is_motion_video(Path::new("/data/upload/a-MP.mp4")));
    }

    #[test]
    fn extensions_cannot_climb_out() {
        for trick in ["../../x", "", "a/b", "jpg\0", "averylongone", "..", "j p"] {
            assert_eq!(suffix(trick), "", "{trick:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_extension_a_path_stays_in_its_folder(extension in ".*", owner: u128, file: u128) {
            let library = Library::new("/data".into());
            let (owner, file) = (UserId(Uuid::from_u128(owner)), Uuid::from_u128(file));
            let path = library.original(owner, file, &extension);
            let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
            assert_eq!(parts.len(), 7, "{path:?}");
            assert_eq!(parts[..4], ["/", "data", "upload", &owner.to_string()]);
            assert!(parts[6].starts_with(&file.to_string()) && parts[6].is_ascii() && parts[6].len() <= 42, "{path:?}");
        }
    }
}
