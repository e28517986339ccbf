//! What a player is told of a stream, as HLS spells it (RFC 8216, version 7: fragmented MP4).

use super::{INIT, Timeline, Variant, segment_name};
use std::fmt::Write;

/// All versions, for the player to choose from.
pub fn main(session: &str, variants: &[Variant]) -> String {
    let mut text = String::from("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    for variant in variants {
        let Variant { index, bandwidth, width, height, codecs, timeline } = variant;
        let fps = timeline.fps();
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},RESOLUTION={width}x{height},FRAME-RATE={fps:.3},\
             CODECS=\"{codecs}\"\n{session}/{index}/playlist.m3u8\n"
        );
    }
    text
}

/// All pieces of one version, made or not: a player may begin anywhere.
pub fn media(timeline: &Timeline) -> String {
    let duration = |segment| timeline.start_seconds(segment + 1) - timeline.start_seconds(segment);
    let longest = (0..timeline.segments()).map(duration).fold(1.0, f64::max).round();
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{longest}\n#EXT-X-MEDIA-SEQUENCE:0\n\
         #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"{INIT}\"\n"
    );
    for segment in 0..timeline.segments() {
        let _ = write!(text, "#EXTINF:{:.6},\n{}\n", duration(segment), segment_name(segment));
    }
    text.push_str("#EXT-X-ENDLIST\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playlists_are_as_players_read_them() {
        let timeline = Timeline { frame_rate: (25, 1), frames: 130 };
        let variant = Variant {
            index: 2,
            width: 854,
            height: 480,
            bandwidth: 1_500_000,
            codecs: "avc1.64001e,mp4a.40.2".to_owned(),
            timeline,
        };
        assert_eq!(
            main("abc", &[variant]),
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n\
             #EXT-X-STREAM-INF:BANDWIDTH=1500000,RESOLUTION=854x480,FRAME-RATE=25.000,\
             CODECS=\"avc1.64001e,mp4a.40.2\"\nabc/2/playlist.m3u8\n"
        );
        assert_eq!(
            media(&timeline),
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n\
             #EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:2.000000,\nseg_0.m4s\n\
             #EXTINF:2.000000,\nseg_1.m4s\n#EXTINF:1.200000,\nseg_2.m4s\n#EXT-X-ENDLIST\n"
        );
    }
}
