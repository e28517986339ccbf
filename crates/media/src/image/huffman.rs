//! Codes of its own for what is in a JPEG: the same picture in a twentieth fewer bytes.
//!
//! The encoder could do it too, but repeats most of its work for it, which takes several times as long. Only what it
//! makes is read here: one scan without restarts. For anything else the answer is none.

/// Two for brightness, two for colour: the first of either is for the means of blocks, the second for their details.
const TABLES: usize = 4;
const BLOCK: u32 = 64;
const MAX_LENGTH: usize = 16;
/// Codes up to this length are looked up at once. Few are longer.
const FAST: usize = 10;
/// So many details are nothing, and another follows.
const SIXTEEN_ZEROS: u8 = 0xf0;
/// What is larger is not worth the memory: a token takes four bytes, and there are about as many as bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The same picture with the shortest codes for what is in it.
pub(crate) fn shortened(jpeg: &[u8]) -> Option<Vec<u8>> {
    let head = Head::read(jpeg).filter(|_| jpeg.len() <= MAX_BYTES)?;
    let mut counts = [[0; 256]; TABLES];
    let tokens = tokens(&without_stuffing(jpeg.get(head.data_at..)?), &head, &mut counts)?;
    let mut shortened = Vec::with_capacity(jpeg.len());
    shortened.extend_from_slice(&head.kept);
    let codes = counts.map(|counts| Codes::shortest(&counts));
    for (table, codes) in codes.iter().enumerate().filter(|(table, _)| head.decoders[*table].is_some()) {
        shortened.extend([0xff, 0xc4]);
        shortened.extend(u16::try_from(19 + codes.symbols.len()).ok()?.to_be_bytes());
        // Means or details is in the upper half.
        shortened.push((table as u8 & 1) << 4 | table as u8 >> 1);
        shortened.extend(codes.counts);
        shortened.extend(&codes.symbols);
    }
    shortened.extend_from_slice(head.scan);
    write(&tokens, &codes.map(|codes| codes.by_symbol()), &mut shortened);
    shortened.extend([0xff, 0xd9]);
    Some(shortened)
}

/// What stands before the scan's data.
struct Head<'a> {
    /// All but the codes and the head of the scan.
    kept: Vec<u8>,
    /// The head of the scan.
    scan: &'a [u8],
    decoders: [Option<Decoder>; TABLES],
    /// Of each block of a unit the tables of its mean and of its details.
    blocks: Vec<(usize, usize)>,
    units: u32,
    data_at: usize,
}

impl<'a> Head<'a> {
    fn read(jpeg: &'a [u8]) -> Option<Self> {
        let mut kept = jpeg.get(..2)?.to_vec();
        let mut decoders = [const { None }; TABLES];
        let mut frame = None;
        let mut at = 2;
        loop {
            let &[0xff, marker, high, low] = jpeg.get(at..at + 4)? else { return None };
            let segment = jpeg.get(at..at + 2 + usize::from(u16::from_be_bytes([high, low])))?;
            at += segment.len();
            let content = segment.get(4..)?;
            match marker {
                0xc4 => read_codes(content, &mut decoders)?,
                0xda => {
                    let (blocks, units) = unit(frame?, content)?;
                    return Some(Self { kept, scan: segment, decoders, blocks, units, data_at: at });
                }
                0xc0 => {
                    frame = Some(content);
                    kept.extend_from_slice(segment);
                }
                0xdb | 0xe0..=0xef | 0xfe => kept.extend_from_slice(segment),
                _ => return None,
            }
        }
    }
}

/// The blocks of a unit, and how many units there are.
fn unit(frame: &[u8], scan: &[u8]) -> Option<(Vec<(usize, usize)>, u32)> {
    let side = |at: usize| Some(u32::from(u16::from_be_bytes([*frame.get(at)?, *frame.get(at + 1)?])));
    let (height, width) = (side(1)?, side(3)?);
    let components = frame.get(6..)?.as_chunks::<3>().0;
    let (tables, _) = scan.get(1..)?.as_chunks::<2>();
    if usize::from(*scan.first()?) != components.len() {
        return None;
    }
    let across = |[_, factors, _]: &[u8; 3]| u32::from(factors >> 4);
    let down = |[_, factors, _]: &[u8; 3]| u32::from(factors & 15);
    let (widest, highest) = (components.iter().map(across).max()?, components.iter().map(down).max()?);
    let mut blocks = Vec::new();
    for (component, [id, tables]) in components.iter().zip(tables) {
        let (mean, details) = (usize::from(tables >> 4), usize::from(tables & 15));
        if component[0] != *id || mean > 1 || details > 1 {
            return None;
        }
        // Alone, a component comes block by block, whatever its factors.
        let count = if components.len() == 1 { 1 } else { across(component) * down(component) };
        blocks.extend((0..count).map(|_| (mean * 2, details * 2 + 1)));
    }
    let pixels = |factor: u32| if components.len() == 1 { 8 } else { 8 * factor };
    let units = width.div_ceil(pixels(widest).max(1)) * height.div_ceil(pixels(highest).max(1));
    Some((blocks, units))
}

fn read_codes(mut content: &[u8], decoders: &mut [Option<Decoder>; TABLES]) -> Option<()> {
    while let Some((&id, rest)) = content.split_first() {
        let (counts, rest) = rest.split_first_chunk::<MAX_LENGTH>()?;
        let (symbols, rest) = rest.split_at_checked(counts.iter().map(|&count| usize::from(count)).sum())?;
        *decoders.get_mut(usize::from(id & 15) * 2 + usize::from(id >> 4))? = Some(Decoder::new(counts, symbols)?);
        content = rest;
    }
    Some(())
}

/// From the next bits to the symbol that they begin with.
struct Decoder {
    /// Symbol and length, by the first bits; no length for those that are longer.
    fast: Box<[(u8, u8); 1 << FAST]>,
    /// Of each length, as the uppermost of 16 bits: the first code, the one behind the last, and where its symbols are.
    slow: Vec<(u32, u32, usize)>,
    symbols: Vec<u8>,
}

impl Decoder {
    fn new(counts: &[u8; MAX_LENGTH], symbols: &[u8]) -> Option<Self> {
        let mut fast = Box::new([(0, 0); 1 << FAST]);
        let mut slow = Vec::new();
        let (mut code, mut at) = (0u32, 0);
        for (length, &count) in (1..).zip(counts) {
            let (first, step) = (code, 1 << (MAX_LENGTH - length));
            for &symbol in &symbols[at..at + usize::from(count)] {
                if length <= FAST {
                    let from = code as usize >> (MAX_LENGTH - FAST);
                    fast.get_mut(from..from + (1 << (FAST - length)))?.fill((symbol, length as u8));
                }
                code += step;
            }
            slow.push((first, code, at));
            at += usize::from(count);
        }
        (code <= 1 << MAX_LENGTH).then(|| Self { fast, slow, symbols: symbols.to_vec() })
    }

    /// Of the next 16 bits, the symbol and how many of them are its code.
    fn read(&self, bits: u32) -> Option<(u8, u32)> {
        let (symbol, length) = self.fast[(bits >> (MAX_LENGTH - FAST)) as usize & ((1 << FAST) - 1)];
        if length > 0 {
            return Some((symbol, length.into()));
        }
        let (length, (first, _, at)) = (1..).zip(&self.slow).find(|(_, (_, behind, _))| bits < *behind)?;
        let place = at + ((bits - first) >> (MAX_LENGTH as u32 - length)) as usize;
        Some((*self.symbols.get(place)?, length))
    }
}

/// Bytes that would look like a marker have a zero behind them, which is taken away here. Ends with nothing but zeros.
fn without_stuffing(data: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(data.len() + 8);
    let mut rest = data;
    while let Some(at) = memchr::memchr(0xff, rest) {
        let is_stuffed = rest.get(at + 1) == Some(&0);
        plain.extend_from_slice(&rest[..at + usize::from(is_stuffed)]);
        rest = if is_stuffed { &rest[at + 2..] } else { &[] };
    }
    plain.extend_from_slice(rest);
    plain.extend([0; 8]);
    plain
}

/// Symbols with the bits behind them, whose number is the lower half of a symbol. Counts the symbols of each table.
fn tokens(data: &[u8], head: &Head<'_>, counts: &mut [[u32; 256]; TABLES]) -> Option<Vec<u32>> {
    let mut tokens = Vec::with_capacity(data.len());
    // What was fetched and not yet read, from the uppermost bit on.
    let (mut word, mut bits) = (0u64, 0);
    let mut rest = data;
    let mut next = |decoder: &Decoder, table: usize, counts: &mut [u32; 256]| {
        // No symbol and what is behind it have more.
        if bits < 32 {
            let (fetched, behind) = rest.split_first_chunk::<4>()?;
            word |= u64::from(u32::from_be_bytes(*fetched)) << (32 - bits);
            bits += 32;
            rest = behind;
        }
        let (symbol, length) = decoder.read((word >> 48) as u32)?;
        let size = u32::from(symbol & 15);
        // In two steps, since none of 64 bits may be asked for.
        let behind = word << length >> 1 >> (63 - size);
        word <<= length + size;
        bits -= length + size;
        counts[usize::from(symbol)] += 1;
        tokens.push((table as u32) << 24 | u32::from(symbol) << 16 | behind as u32);
        Some(symbol)
    };
    for _ in 0..head.units {
        for &(mean, details) in &head.blocks {
            next(head.decoders[mean].as_ref()?, mean, &mut counts[mean])?;
            let (decoder, counts) = (head.decoders[details].as_ref()?, &mut counts[details]);
            let mut read = 1;
            while read < BLOCK {
                match next(decoder, details, counts)? {
                    0 => break,
                    SIXTEEN_ZEROS => read += 16,
                    symbol => read += u32::from(symbol >> 4) + 1,
                }
            }
        }
    }
    Some(tokens)
}

/// Codes of a table as a file has them.
struct Codes {
    /// How many there are of each length.
    counts: [u8; MAX_LENGTH],
    /// From the shortest code to the longest.
    symbols: Vec<u8>,
}

impl Codes {
    /// By the way of JPEG's annex K.2: the two rarest become one until one is left, and what got longer than 16 bits is
    /// hung where there is room.
    fn shortest(counts: &[u32; 256]) -> Self {
        // One more, the rarest, so that no symbol's code is all ones.
        const RESERVED: usize = 256;
        let mut groups: Vec<(u64, Vec<usize>)> = vec![(0, vec![RESERVED])];
        let used = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        groups.extend(used.map(|(symbol, count)| (u64::from(*count), vec![symbol])));
        let mut lengths = [0usize; 257];
        while groups.len() > 1 {
            groups.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
            let (Some(rarest), Some(next)) = (groups.pop(), groups.pop()) else { break };
            let together = [rarest.1, next.1].concat();
            together.iter().for_each(|&symbol| lengths[symbol] += 1);
            groups.push((rarest.0 + next.0, together));
        }
        let mut of_length = [0u32; 258];
        lengths.iter().filter(|length| **length > 0).for_each(|&length| of_length[length] += 1);
        for length in (MAX_LENGTH + 1..of_length.len()).rev() {
            while of_length[length] > 0 {
                // A pair goes: one of it takes the place of both, the other hangs beside a shorter one.
                let Some(shorter) = (1..length - 1).rev().find(|shorter| of_length[*shorter] > 0) else { break };
                of_length[length] -= 2;
                of_length[length - 1] += 1;
                of_length[shorter + 1] += 2;
                of_length[shorter] -= 1;
            }
        }
        if let Some(longest) = of_length.iter().rposition(|count| *count > 0) {
            of_length[longest] -= 1;
        }
        let mut symbols: Vec<usize> = (0..RESERVED).filter(|symbol| lengths[*symbol] > 0).collect();
        symbols.sort_by_key(|symbol| lengths[*symbol]);
        let mut counts = [0; MAX_LENGTH];
        counts.iter_mut().zip(&of_length[1..]).for_each(|(to, count)| *to = *count as u8);
        Self { counts, symbols: symbols.into_iter().map(|symbol| symbol as u8).collect() }
    }

    /// Code and length of each symbol.
    fn by_symbol(&self) -> [(u32, u32); 256] {
        let mut codes = [(0, 0); 256];
        let (mut code, mut at) = (0, 0);
        for (length, &count) in (1..).zip(&self.counts) {
            for &symbol in &self.symbols[at..at + usize::from(count)] {
                codes[usize::from(symbol)] = (code, length);
                code += 1;
            }
            at += usize::from(count);
            code <<= 1;
        }
        codes
    }
}

fn write(tokens: &[u32], codes: &[[(u32, u32); 256]; TABLES], to: &mut Vec<u8>) {
    let (mut bits, mut count) = (0u64, 0);
    for token in tokens {
        let [table, symbol, behind @ ..] = token.to_be_bytes();
        let (code, length) = codes[usize::from(table) % TABLES][usize::from(symbol)];
        let size = u32::from(symbol & 15);
        bits = bits << (length + size) | u64::from(code) << size | u64::from(u16::from_be_bytes(behind));
        count += length + size;
        if count >= 32 {
            count -= 32;
            push((bits >> count) as u32, 4, to);
        }
    }
    // Ones up to the end of the byte.
    let missing = (32 - count) % 8;
    let last = (bits << missing | ((1 << missing) - 1)) << (32 - count - missing);
    push(last as u32, ((count + missing) / 8) as usize, to);
}

/// The first bytes of a word, with a zero behind those that would look like a marker.
fn push(word: u32, count: usize, to: &mut Vec<u8>) {
    let bytes = word.to_be_bytes();
    if bytes.contains(&0xff) {
        bytes[..count].iter().for_each(|&byte| to.extend_from_slice(&[byte, 0][..1 + usize::from(byte == 0xff)]));
    } else {
        to.extend_from_slice(&bytes[..count]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use turbojpeg::{Compressor, PixelFormat, Subsamp};

    /// Noise over a slope, so that there are many symbols.
    fn picture(width: usize, height: usize) -> Vec<u8> {
        let mut random = 7u32;
        let mut next = || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 24) as usize
        };
        (0..width * height * 3).map(|at| (at / 3 % width * 200 / width + next() / 5) as u8).collect()
    }

    fn jpeg((width, height): (usize, usize), subsampling: Subsamp, quality: i32, is_optimal: bool) -> Vec<u8> {
        let mut compressor = Compressor::new().unwrap();
        compressor.set_quality(quality).unwrap();
        compressor.set_subsamp(subsampling).unwrap();
        compressor.set_optimize(is_optimal).unwrap();
        let pixels = picture(width, height);
        let pixels = pixels.as_slice();
        let image = turbojpeg::Image { pixels, width, pitch: width * 3, height, format: PixelFormat::RGB };
        compressor.compress_to_vec(image).unwrap()
    }

    #[test]
    fn pictures_stay_what_they_are_and_get_as_small_as_they_can() {
        for subsampling in [Subsamp::None, Subsamp::Sub2x2, Subsamp::Sub2x1, Subsamp::Gray] {
            for (size, quality) in [((203, 117), 80), ((64, 64), 100), ((8, 8), 30), ((1, 1), 80)] {
                let what = format!("{subsampling:?}, {size:?}, quality {quality}");
                let plain = jpeg(size, subsampling, quality, false);
                let shortened = shortened(&plain).unwrap_or_else(|| panic!("{what} is not read"));
                let pixels = |jpeg: &[u8]| turbojpeg::decompress(jpeg, PixelFormat::RGB).unwrap().pixels;
                assert!(pixels(&shortened) == pixels(&plain), "{what} is another picture");
                // As small as the encoder's own, but for which of two equals it takes first.
                let optimal = jpeg(size, subsampling, quality, true);
                assert!(
                    shortened.len() <= optimal.len() + optimal.len() / 500 + 8,
                    "{what}: {} and {}",
                    shortened.len(),
                    optimal.len()
                );
            }
        }
    }

    #[test]
    fn what_is_put_together_another_way_is_left_alone() {
        let plain = jpeg((64, 64), Subsamp::None, 80, false);
        let mut progressive = plain.clone();
        let frame = plain.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        progressive[frame + 1] = 0xc2;
        assert!(shortened(&progressive).is_none());
        assert!(shortened(&plain[..plain.len() / 2]).is_none());
        assert!(shortened(b"").is_none());
    }

    /// Fibonacci's numbers make the longest codes that there can be.
    #[test]
    fn no_code_is_longer_than_allowed() {
        let mut counts = [0; 256];
        let (mut one, mut next) = (1u32, 1u32);
        for count in counts.iter_mut().take(40) {
            *count = one;
            (one, next) = (next, one + next);
        }
        let codes = Codes::shortest(&counts);
        assert_eq!(codes.counts.iter().map(|&count| usize::from(count)).sum::<usize>(), 40);
        let room: f64 = (1..).zip(codes.counts).map(|(length, count)| f64::from(count) / f64::from(1 << length)).sum();
        assert!(room < 1.0, "{room}");
        assert!(Decoder::new(&codes.counts, &codes.symbols).is_some());
    }
}
