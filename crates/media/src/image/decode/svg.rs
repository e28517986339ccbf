//! Drawings. Nothing that a drawing refers to outside of itself is fetched, and fonts are not at hand: text is left out.

use super::check_size;
use crate::{
    error::{Error, Result},
    image::{Decoded, Pixels, shrink::Wanted},
};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{ImageHrefResolver, Options, Tree},
};

/// Of text; drawings beyond that are maps that would take minutes.
const MAX_BYTES: usize = 32 * 1024 * 1024;
/// A drawing is drawn, so nobody needs more.
const MAX_SIDE: f32 = 16_384.0;

pub(crate) fn decode(bytes: &[u8], wanted: Wanted) -> Result<Decoded> {
    let tree = parse(bytes)?;
    let (full_width, full_height) = size_of(&tree)?;
    let size = tree.size();
    // Lines stay sharp in any size.
    let shorter = size.width().min(size.height());
    let grown = wanted.side as f32 / shorter;
    let scale = if wanted.fullsize { grown.max(1.0) } else { grown };
    let scale = scale.min(MAX_SIDE / size.width().max(size.height()));
    let pixels_of = |length: f32| ((length * scale).round() as u32).max(1);
    let (width, height) = (pixels_of(size.width()), pixels_of(size.height()));
    check_size(width.into(), height.into())?;
    let mut canvas = Pixmap::new(width, height).ok_or_else(|| Error::damaged("the drawing has no size"))?;
    let exactly = Transform::from_scale(width as f32 / size.width(), height as f32 / size.height());
    resvg::render(&tree, exactly, &mut canvas.as_mut());
    let data = canvas.take_demultiplied();
    Ok(Decoded {
        picture: Pixels { width, height, channels: 4, data }.into(),
        orientation: 1,
        icc_profile: None,
        hdr: None,
        full_width,
        full_height,
    })
}

pub(crate) fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    size_of(&parse(bytes).ok()?).ok()
}

fn parse(bytes: &[u8]) -> Result<Tree> {
    if bytes.len() > MAX_BYTES {
        return Err(Error::TooLarge(format!("a drawing of {} MB", bytes.len() / 1_000_000)));
    }
    let image_href_resolver =
        ImageHrefResolver { resolve_data: Box::new(|_, _, _| None), resolve_string: Box::new(|_, _| None) };
    let options = Options { image_href_resolver, ..Options::default() };
    Tree::from_data(bytes, &options).map_err(Error::damaged)
}

fn size_of(tree: &Tree) -> Result<(u32, u32)> {
    let size = tree.size();
    let (width, height) = (size.width().ceil() as u32, size.height().ceil() as u32);
    check_size(width.into(), height.into())?;
    Ok((width, height))
}
