//! Videos made on the spot by the `ffmpeg` command, so that no code that is tested judges itself.

use std::{path::Path, process::Command};

/// A moving test picture with a tone.
#[derive(Debug, Clone)]
pub struct Video {
    seconds: u32,
    width: u32,
    height: u32,
    codec: &'static str,
    content_id: Option<String>,
}

impl Video {
    pub fn new() -> Self {
        Self { seconds: 2, width: 320, height: 240, codec: "libx264", content_id: None }
    }

    pub fn seconds(mut self, seconds: u32) -> Self {
        self.seconds = seconds;
        self
    }

    pub fn size(mut self, width: u32, height: u32) -> Self {
        (self.width, self.height) = (width, height);
        self
    }

    /// One that browsers do not play, so that it must be transcoded.
    pub fn unplayable(mut self) -> Self {
        self.codec = "mpeg4";
        self
    }

    /// What a phone of Apple's writes into both halves of a live photo; in `mov` only.
    pub fn content_id(mut self, id: &str) -> Self {
        self.content_id = Some(id.to_owned());
        self
    }

    /// The bytes of a file with this extension.
    pub fn make(&self, extension: &str) -> Vec<u8> {
        let folder = tempfile::tempdir().expect("make a folder for a video");
        let path = folder.path().join("video").with_extension(extension);
        self.write(&path);
        std::fs::read(&path).expect("read the video back")
    }

    fn write(&self, path: &Path) {
        let Self { seconds, width, height, codec, content_id } = self;
        // The file's own id makes it unlike any other.
        let id = format!("comment={}", uuid::Uuid::new_v4());
        let picture = format!("testsrc2=size={width}x{height}:rate=25:duration={seconds}");
        let tone = format!("sine=frequency=440:duration={seconds}");
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &tone]);
        command.args(["-c:v", codec, "-pix_fmt", "yuv420p", "-c:a", "aac", "-metadata", &id]);
        if let Some(id) = content_id {
            let id = format!("com.apple.quicktime.content.identifier={id}");
            command.args(["-movflags", "use_metadata_tags", "-metadata", &id]);
        }
        command.arg(path);
        let output = command.output().expect("tests of videos need the ffmpeg command");
        assert!(output.status.success(), "ffmpeg: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Default for Video {
    fn default() -> Self {
        Self::new()
    }
}
