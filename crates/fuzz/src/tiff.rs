//! Small blocks of EXIF around the bytes that are tried, so that these reach the parser for them at once.

/// Fields of the three directories: tag, type, value.
#[derive(Default)]
pub struct Tiff {
    pub picture: Vec<Field>,
    pub camera: Vec<Field>,
    pub position: Vec<Field>,
}

pub type Field = (u16, u16, Vec<u8>);

pub const ASCII: u16 = 2;
pub const UNDEFINED: u16 = 7;
const LONG: u16 = 4;

/// With its end marked.
pub fn text(tag: u16, value: &[u8]) -> Field {
    (tag, ASCII, [value, b"\0"].concat())
}

impl Tiff {
    /// Little-endian, directories and values one after the other.
    pub fn encode(mut self) -> Vec<u8> {
        const HEADER: usize = 8;
        let pointer = (0, LONG, vec![0; 4]);
        // Pointers are part of the first directory, so its length must be known before they are.
        self.picture.extend([(0x8769, pointer.1, pointer.2.clone()), (0x8825, pointer.1, pointer.2)]);
        let camera_at = HEADER + length(&self.picture);
        let position_at = camera_at + length(&self.camera);
        let pointers = self.picture.iter_mut().rev().zip([position_at, camera_at]);
        for (field, at) in pointers {
            field.2 = u32::try_from(at).unwrap_or(u32::MAX).to_le_bytes().to_vec();
        }
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        for directory in [&self.picture, &self.camera, &self.position] {
            push(&mut bytes, directory);
        }
        bytes
    }
}

fn length(directory: &[Field]) -> usize {
    let values: usize = directory.iter().map(|(.., value)| value.len()).filter(|length| *length > 4).sum();
    2 + 12 * directory.len() + 4 + values
}

fn push(bytes: &mut Vec<u8>, directory: &[Field]) {
    let mut values_at = bytes.len() + 2 + 12 * directory.len() + 4;
    let mut values: Vec<u8> = Vec::new();
    bytes.extend((directory.len() as u16).to_le_bytes());
    for (tag, kind, value) in directory {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        let size = if *kind == LONG { 4 } else { 1 };
        bytes.extend(((value.len() / size) as u32).to_le_bytes());
        if value.len() > 4 {
            bytes.extend((values_at as u32).to_le_bytes());
            values_at += value.len();
            values.extend(value);
        } else {
            let mut short = value.clone();
            short.resize(4, 0);
            bytes.extend(short);
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(values);
}
