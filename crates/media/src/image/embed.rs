//! Stores a colour profile in a finished JPEG or WebP.

use config::system::choices::ImageFormat;

/// A JPEG segment holds 64 KB less its head.
const MAX_PROFILE_BYTES: usize = 65_000;

/// A profile that does not fit is left out.
pub(crate) fn profile(picture: Vec<u8>, format: ImageFormat, profile: &[u8]) -> Vec<u8> {
    if profile.len() > MAX_PROFILE_BYTES {
        return picture;
    }
    let embedded = match format {
        ImageFormat::Jpeg => in_jpeg(&picture, profile),
        ImageFormat::Webp => in_webp(&picture, profile),
    };
    embedded.unwrap_or(picture)
}

/// Behind the first segment, since that one must be JFIF's.
fn in_jpeg(jpeg: &[u8], profile: &[u8]) -> Option<Vec<u8>> {
    const HEAD: &[u8] = b"ICC_PROFILE\0\x01\x01";
    let first = usize::from(u16::from_be_bytes(jpeg.get(4..6)?.try_into().ok()?));
    let (before, after) = jpeg.split_at_checked(4 + first)?;
    let length = u16::try_from(2 + HEAD.len() + profile.len()).ok()?.to_be_bytes();
    Some([before, &[0xff, 0xe2], &length, HEAD, profile, after].concat())
}

/// The extended form: its header, the profile, and the chunks that were there.
fn in_webp(webp: &[u8], profile: &[u8]) -> Option<Vec<u8>> {
    const HAS_PROFILE: u8 = 0x20;
    let chunks = webp.get(12..)?;
    let (header, rest) = match chunks.get(..4)? {
        b"VP8X" => (<[u8; 10]>::try_from(chunks.get(8..18)?).ok()?, chunks.get(18..)?),
        _ => (extended_header(webp)?, chunks),
    };
    let mut header = header;
    header[0] |= HAS_PROFILE;
    let mut body = b"WEBP".to_vec();
    push_chunk(&mut body, b"VP8X", &header)?;
    push_chunk(&mut body, b"ICCP", profile)?;
    body.extend_from_slice(rest);
    let size = u32::try_from(body.len()).ok()?.to_le_bytes();
    Some([b"RIFF", size.as_slice(), &body].concat())
}

fn extended_header(webp: &[u8]) -> Option<[u8; 10]> {
    const HAS_ALPHA: u8 = 0x10;
    let features = webp::BitstreamFeatures::new(webp)?;
    let mut header = [0; 10];
    header[0] = if features.has_alpha() { HAS_ALPHA } else { 0 };
    header[4..7].copy_from_slice(&features.width().checked_sub(1)?.to_le_bytes()[..3]);
    header[7..10].copy_from_slice(&features.height().checked_sub(1)?.to_le_bytes()[..3]);
    Some(header)
}

fn push_chunk(into: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) -> Option<()> {
    into.extend_from_slice(name);
    into.extend(u32::try_from(content.len()).ok()?.to_le_bytes());
    into.extend_from_slice(content);
    if content.len() % 2 == 1 {
        into.push(0);
    }
    Some(())
}
