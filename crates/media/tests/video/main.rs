//! Videos as cameras make them, in and out: made by the `ffmpeg` command, looked at with `ffprobe`, so that nothing here
//! is judged by the code that it tests.

mod bench;
mod containers;

use bench::{
    Bench, GRAIN, PICTURES, SMALL, SOUND, X264, X265, difference, ffprobe, frame_times, length, picture_by_command,
    turn,
};
use config::system::choices::{AudioCodec, ToneMapping, TranscodeHWAccel, TranscodePolicy, VideoCodec};
use config::system::ffmpeg::Ffmpeg;
use config::system::image::Image;
use media::video::error::VideoError;
use media::video::frame;
use media::video::probe::probe;
use media::video::transcode::transcode_if_needed;
use media::{Kind, Request, Response, child};
use std::path::Path;

#[test]
fn a_phones_hevc_becomes_h264_at_720p() {
    let bench = Bench::new();
    let input = bench.make("in.mov", &format!("{PICTURES} {SOUND} {X265} -pix_fmt yuv420p10le -c:a aac -tag:v hvc1"));
    let info = probe(&input).expect("info");
    let video = info.video.as_ref().expect("video");
    assert_eq!((video.codec.as_str(), video.pixel_format.as_deref()), ("hevc", Some("yuv420p10le")));
    assert_eq!((video.width, video.height, video.rotation), (1920, 1080, 0));
    assert_eq!((info.container(), video.fps(), video.frame_count), ("mov", Some(30.0), Some(60)));
    assert_eq!(info.audio.as_ref().map(|audio| (audio.codec.as_str(), audio.channels)), Some(("aac", 1)));
    assert!(info.duration_ms.is_some_and(|ms| (1990..=2050).contains(&ms)), "{:?}", info.duration_ms);

    let made = bench.transcode(&input, &Ffmpeg::default()).expect("hevc is not accepted");
    assert_eq!(made.tracks(), "h264 yuv420p 1280x720 + aac");
    assert_eq!(frame_times(&made.path).len(), 60);
    let (before, after) =
        (picture_by_command(&input, 1.0, (320, 180)), picture_by_command(&made.path, 1.0, (320, 180)));
    assert!(difference(&before, &after) < 10.0, "the picture changed by {}", difference(&before, &after));
}

#[test]
fn what_plays_everywhere_is_left_alone() {
    let bench = Bench::new();
    let input = bench.make("in.mp4", &format!("{SMALL} {SOUND} {X264} -c:a aac"));
    assert!(bench.transcode(&input, &Ffmpeg::default()).is_none());
}

#[test]
fn a_turned_video_comes_out_upright() {
    let bench = Bench::new();
    bench.make("flat.mov", &format!("{SMALL} {X265} -tag:v hvc1"));
    let input = turn(&bench, "flat.mov", "in.mov");
    let video = probe(&input).expect("info").video.expect("video");
    assert_eq!((video.width, video.height), (320, 180));
    assert_eq!((video.display_width, video.display_height), (180, 320));
    assert!(video.rotation == 90 || video.rotation == 270, "turned by {}", video.rotation);
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("hevc is not accepted");
    assert_eq!(made.tracks(), "h264 yuv420p 180x320");
    assert!(made.video()["side_data_list"].is_null(), "a player would turn it twice: {}", made.video());
    // The command turns by itself, so both are upright; a wrong direction would be a different picture.
    let (before, after) =
        (picture_by_command(&input, 1.0, (180, 320)), picture_by_command(&made.path, 1.0, (180, 320)));
    assert!(difference(&before, &after) < 10.0, "the picture changed by {}", difference(&before, &after));
    let still = frame::representative(&input, None, ToneMapping::Hable).expect("a picture");
    assert_eq!((still.width, still.height), (180, 320));
    let first = picture_by_command(&input, 0.0, (180, 320));
    assert!(difference(&first, &still.rgb) < 10.0, "the still differs by {}", difference(&first, &still.rgb));
}

#[test]
fn a_copied_track_stays_turned() {
    let bench = Bench::new();
    bench.make("flat.mov", &format!("{SMALL} {SOUND} {X264} -c:a pcm_s16le"));
    let input = turn(&bench, "flat.mov", "in.mov");
    let before = probe(&input).expect("info").video.expect("video");
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("pcm is not accepted");
    assert_eq!(made.tracks(), "h264 yuv420p 320x180 + aac");
    let after = probe(&made.path).expect("info").video.expect("video");
    assert_eq!((after.rotation, after.display_width), (before.rotation, 180));
    let (before, after) =
        (picture_by_command(&input, 1.0, (180, 320)), picture_by_command(&made.path, 1.0, (180, 320)));
    assert_eq!(difference(&before, &after), 0.0, "copied pictures are the same");
}

#[test]
fn frames_keep_their_own_times() {
    let bench = Bench::new();
    // Half a second at 25, then at 8 frames per second.
    let vfr = "-vf select='lt(t,0.5)+not(mod(n,3))' -vsync vfr";
    let input = bench.make("in.mkv", &format!("{SMALL} {vfr} {X265}"));
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("hevc is not accepted");
    let (before, after) = (frame_times(&input), frame_times(&made.path));
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        assert!((before - after).abs() < 0.002, "a frame at {before} moved to {after}");
    }
}

#[test]
fn copied_frames_keep_their_own_times() {
    let bench = Bench::new();
    // Frames that are decoded in another order than they are shown, in a container that tells only the latter.
    let input = bench.make("in.mkv", &format!("{SMALL} -c:v libx264 -preset fast -bf 3 -pix_fmt yuv420p"));
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("matroska is not accepted");
    let (before, after) = (frame_times(&input), frame_times(&made.path));
    assert_eq!(before.len(), after.len());
    let (first, from) = (before[0], after[0]);
    for (before, after) in before.iter().zip(&after) {
        assert!(((before - first) - (after - from)).abs() < 0.002, "a frame at {before} moved to {after}");
    }
}

#[test]
fn odd_sizes_lose_their_odd_line() {
    let bench = Bench::new();
    let input = bench.make("in.mkv", "-f lavfi -i testsrc2=size=321x241:rate=10:duration=1 -c:v ffv1 -pix_fmt yuv444p");
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("ffv1 is not accepted");
    assert_eq!(made.tracks(), "h264 yuv420p 320x240");
}

#[test]
fn anamorphic_video_gets_square_pixels() {
    let bench = Bench::new();
    let input = bench.make("in.mkv", "-f lavfi -i testsrc2=size=360x288:rate=10:duration=1,setsar=64/45 -c:v mpeg4");
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("mpeg4 is not accepted");
    assert_eq!(made.tracks(), "h264 yuv420p 512x288");
    assert_eq!(made.video()["sample_aspect_ratio"], "1:1");
}

#[test]
fn a_camcorders_stream_is_only_put_into_another_container() {
    let bench = Bench::new();
    let input = bench.make("in.mts", &format!("{SMALL} {SOUND} {X264} -bf 2 -c:a aac -f mpegts"));
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("mpegts is not accepted");
    assert_eq!(made.tracks(), "h264 yuv420p 320x180 + aac");
    let (before, after) =
        (picture_by_command(&input, 1.0, (320, 180)), picture_by_command(&made.path, 1.0, (320, 180)));
    assert_eq!(difference(&before, &after), 0.0, "copied pictures are the same");
}

#[test]
fn the_default_audio_track_is_taken() {
    let bench = Bench::new();
    let tracks =
        "-map 0:v -map 1:a -map 1:a -c:a:0 ac3 -ac:a:0 6 -c:a:1 flac -disposition:a:0 0 -disposition:a:1 default";
    let input = bench.make("in.mkv", &format!("{SMALL} {SOUND} {tracks} {X264}"));
    let info = probe(&input).expect("info");
    assert_eq!(info.audio.map(|audio| (audio.index, audio.codec)), Some((2, "flac".to_owned())));
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("flac is not accepted");
    assert_eq!(made.tracks(), "h264 yuv420p 320x180 + aac");
}

#[test]
fn surround_becomes_stereo() {
    let bench = Bench::new();
    let input = bench.make("in.mkv", &format!("{SMALL} {SOUND} {X264} -c:a ac3 -ac 6"));
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("ac3 is not accepted");
    assert_eq!(ffprobe(&made.path)["streams"][1]["channels"], 2);
}

#[test]
fn hdr_becomes_plain_colours() {
    let bench = Bench::new();
    let hdr = "-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -pix_fmt yuv420p10le";
    let tags = "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc";
    let input = bench.make("in.mp4", &format!("{SMALL} {X265}:{tags} {hdr}"));
    assert!(probe(&input).expect("info").video.expect("video").is_hdr());
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("hevc is not accepted");
    assert_eq!(made.tracks(), "h264 yuv420p 320x180");
    let video = made.video();
    assert_eq!((&video["color_transfer"], &video["color_space"]), (&"bt709".into(), &"bt709".into()));
    // Without tone mapping the picture would keep its flat code values: close to the mapped one it must not be.
    let mapped = frame::representative(&input, None, ToneMapping::Hable).expect("a picture");
    let flat = frame::representative(&input, None, ToneMapping::Disabled).expect("a picture");
    assert!(difference(&mapped.rgb, &flat.rgb) > 10.0, "tone mapping changed nothing");
    let thumbhash = |tone_mapping| {
        let request = Request::Pictures {
            source: input.clone(),
            kind: Kind::Video,
            settings: Image::default(),
            tone_mapping,
            preview: bench.path("preview"),
            thumbnail: bench.path("thumbnail"),
            fullsize: None,
        };
        let Response::Pictures(made) = child::serve(&request, &mut |_| {}).expect("pictures") else { panic!("others") };
        made.thumbhash
    };
    assert_ne!(thumbhash(ToneMapping::Hable), thumbhash(ToneMapping::Disabled), "pictures follow the setting");
    let after = picture_by_command(&made.path, 0.0, (320, 180));
    assert!(difference(&mapped.rgb, &after) < 12.0, "still and video differ by {}", difference(&mapped.rgb, &after));
}

#[test]
fn full_range_is_brought_to_the_usual_range() {
    let bench = Bench::new();
    let input = bench.make("in.avi", &format!("{SMALL} -c:v mjpeg -pix_fmt yuvj420p -q:v 3"));
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("mjpeg is not accepted");
    assert_eq!(made.video()["color_range"], "tv");
    let (before, after) =
        (picture_by_command(&input, 1.0, (320, 180)), picture_by_command(&made.path, 1.0, (320, 180)));
    assert!(difference(&before, &after) < 10.0, "the picture changed by {}", difference(&before, &after));
}

#[test]
fn interlaced_video_is_deinterlaced() {
    let bench = Bench::new();
    let input = bench.make(
        "in.mpg",
        "-f lavfi -i testsrc2=size=320x240:rate=25:duration=1 -c:v mpeg2video -flags +ildct+ilme -top 1",
    );
    assert!(probe(&input).expect("info").video.expect("video").interlaced);
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("mpeg2 is not accepted");
    assert_eq!(made.tracks(), "h264 yuv420p 320x240");
    assert_eq!(made.video()["field_order"].as_str().unwrap_or("progressive"), "progressive");
}

#[test]
fn each_target_codec_fits_mp4() {
    let bench = Bench::new();
    let input = bench.make(
        "in.avi",
        "-f lavfi -i testsrc2=size=320x180:rate=10:duration=1 -f lavfi -i sine=duration=1 -c:v mpeg4 -c:a pcm_s16le",
    );
    let table = [
        (VideoCodec::Hevc, AudioCodec::Aac, "hevc yuv420p 320x180 + aac"),
        (VideoCodec::Vp9, AudioCodec::Opus, "vp9 yuv420p 320x180 + opus"),
        (VideoCodec::Av1, AudioCodec::Mp3, "av1 yuv420p 320x180 + mp3"),
    ];
    for (target_video_codec, target_audio_codec, expected) in table {
        let settings = Ffmpeg { target_video_codec, target_audio_codec, ..Ffmpeg::default() };
        let made = bench.transcode(&input, &settings).expect("mpeg4 is not accepted");
        assert_eq!(made.tracks(), expected);
        if target_video_codec == VideoCodec::Hevc {
            assert_eq!(made.video()["codec_tag_string"], "hvc1", "Apple's players want this name");
        }
    }
}

#[test]
fn two_passes_meet_the_bit_rate() {
    let bench = Bench::new();
    let input = bench.make("in.mp4", &format!("{GRAIN} {X264} -crf 15"));
    for target_video_codec in [VideoCodec::H264, VideoCodec::Hevc, VideoCodec::Vp9] {
        let settings = Ffmpeg {
            target_video_codec,
            transcode: TranscodePolicy::All,
            two_pass: true,
            max_bitrate: "600k".to_owned(),
            ..Ffmpeg::default()
        };
        let made = bench.transcode(&input, &settings).expect("all");
        let bits_per_second = made.transcoded.size_bytes as f64 * 8.0 / length(&made.path);
        assert!((250_000.0..650_000.0).contains(&bits_per_second), "{target_video_codec:?}: {bits_per_second}");
        std::fs::remove_file(&made.path).expect("make room for the next");
    }
}

#[test]
fn without_a_graphics_card_the_processor_does_it_and_says_why() {
    let bench = Bench::new();
    let input = bench.make("in.mp4", &format!("{SMALL} {SOUND} {X264} -c:a aac"));
    let makers = [TranscodeHWAccel::Nvenc, TranscodeHWAccel::Qsv, TranscodeHWAccel::Vaapi, TranscodeHWAccel::Rkmpp];
    for accel in makers {
        // Also where there is a card, there is none of this name.
        let preferred_hw_device = if accel == TranscodeHWAccel::Nvenc { "4095" } else { "renderD4095" }.to_owned();
        let settings = Ffmpeg { accel, preferred_hw_device, transcode: TranscodePolicy::All, ..Ffmpeg::default() };
        let made = bench.transcode(&input, &settings).expect("all");
        assert_eq!(made.tracks(), "h264 yuv420p 320x180 + aac", "{accel:?}");
        let [why] = made.transcoded.fell_back.as_slice() else { panic!("{:?}", made.transcoded.fell_back) };
        let known = ["open the graphics card", "knows no devices", "has no encoder"];
        assert!(known.iter().any(|words| why.contains(words)), "{accel:?}: {why}");
        std::fs::remove_file(&made.path).expect("make room for the next");
    }
    let settings = Ffmpeg { transcode: TranscodePolicy::All, ..Ffmpeg::default() };
    let made = bench.transcode(&input, &settings).expect("all");
    assert_eq!(made.transcoded.fell_back, Vec::<String>::new(), "nobody asked for a card");
}

#[test]
fn a_change_of_size_in_the_middle_is_scaled() {
    let bench = Bench::new();
    let one = bench.make("one.ts", "-f lavfi -i testsrc2=size=640x360:rate=25:duration=1 -c:v mpeg2video -muxdelay 0");
    let two = bench.make(
        "two.ts",
        "-f lavfi -i testsrc2=size=320x240:rate=25:duration=1 -c:v mpeg2video -muxdelay 0 -output_ts_offset 1",
    );
    let input = bench.path("in.ts");
    let both = [std::fs::read(one).expect("one"), std::fs::read(two).expect("two")].concat();
    std::fs::write(&input, both).expect("write");
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("mpeg2 is not accepted");
    assert_eq!(made.tracks(), "h264 yuv420p 640x360");
    assert_eq!(frame_times(&made.path).len(), frame_times(&input).len());
}

#[test]
fn a_truncated_file_fails_and_says_so() {
    let bench = Bench::new();
    let long = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=10";
    for (flags, expected) in [("-movflags +faststart", "it is truncated"), ("", "moov atom not found")] {
        let input = bench.make("in.mp4", &format!("{long} {X265} {flags}"));
        let bytes = std::fs::read(&input).expect("the input");
        std::fs::write(&input, &bytes[..bytes.len() / 2]).expect("write");
        let error = bench.fail(&input, &Ffmpeg::default()).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_damaged_time_makes_no_hours_of_silence() {
    let bench = Bench::new();
    let input = bench.make("in.avi", &format!("{SMALL} {SOUND} -c:v mpeg4 -c:a pcm_s16le"));
    let mut bytes = std::fs::read(&input).expect("the input");
    // The scale of the sound's clock, so that a sample seems to last for seconds.
    let sound = bytes.windows(4).position(|window| window == b"auds").expect("the header of the sound");
    bytes[sound + 20..sound + 24].copy_from_slice(&441_000_u32.to_le_bytes());
    std::fs::write(&input, bytes).expect("write");
    let output = bench.path("out.mp4");
    transcode_if_needed(&input, &output, &Ffmpeg::default(), &mut |_| {}).expect("a video").expect("mpeg4");
    assert!(length(&output) < 30.0, "{} seconds", length(&output));
}

#[test]
fn sound_may_be_longer_than_the_pictures() {
    let bench = Bench::new();
    let input = bench.make("in.mkv", &format!("{SMALL} -f lavfi -i sine=duration=6 {X265} -c:a flac"));
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("hevc is not accepted");
    assert_eq!(made.tracks(), "h264 yuv420p 320x180 + aac");
}

#[test]
fn a_damaged_spot_costs_frames_and_not_the_video() {
    let bench = Bench::new();
    let input = bench.make("in.mp4", &format!("{PICTURES} {X265} -movflags +faststart"));
    let mut bytes = std::fs::read(&input).expect("the input");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 3000].fill(0x55);
    std::fs::write(&input, bytes).expect("write");
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("hevc is not accepted");
    assert_eq!(made.tracks(), "h264 yuv420p 1280x720");
}

#[test]
fn what_is_no_video_is_refused_with_words() {
    let bench = Bench::new();
    let sound = bench.make("sound.mp4", &format!("{SOUND} -c:a aac"));
    assert!(matches!(bench.fail(&sound, &Ffmpeg::default()), VideoError::NoVideo));
    let input = bench.path("in.mp4");
    let cases: [(&str, &[u8]); 3] = [
        ("empty", b""),
        ("garbage", &[0x17; 5000]),
        // A playlist would make the reader open what it names.
        ("playlist", b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"),
    ];
    for (name, bytes) in cases {
        std::fs::write(&input, bytes).expect("write");
        let error = bench.fail(&input, &Ffmpeg::default());
        assert!(matches!(error, VideoError::Libav { action: "open the video", .. }), "{name}: {error}");
        assert!(frame::representative(&input, None, ToneMapping::Hable).is_err(), "{name}");
    }
    std::fs::write(bench.path("concat:in.mp4"), b"").expect("write");
    let nothing = probe(&bench.path("nothing.mp4")).expect_err("no file");
    assert!(matches!(&nothing, VideoError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound));
}

#[test]
fn a_still_is_taken_after_the_black() {
    let bench = Bench::new();
    let fade = "-f lavfi -i testsrc2=size=1280x720:rate=25:duration=3 -vf fade=in:0:40";
    let input = bench.make("in.mp4", &format!("{fade} {X264}"));
    let still = frame::representative(&input, Some(360), ToneMapping::Hable).expect("a picture");
    assert_eq!((still.width, still.height, still.rgb.len()), (640, 360, 640 * 360 * 3));
    let mean = still.rgb.iter().map(|byte| u64::from(*byte)).sum::<u64>() / still.rgb.len() as u64;
    assert!(mean > 5, "a black picture: {mean}");
}

#[test]
fn a_still_of_a_black_video_is_black() {
    let bench = Bench::new();
    let input = bench.make("in.mp4", &format!("-f lavfi -i color=black:size=320x180:duration=5 {X264}"));
    let still = frame::representative(&input, None, ToneMapping::Hable).expect("a picture");
    assert!(still.rgb.iter().all(|byte| *byte < 5));
}

#[test]
fn only_a_gif_that_moves_has_a_duration() {
    let bench = Bench::new();
    let moving = bench.make("moving.gif", "-f lavfi -i testsrc2=size=101x67:rate=5:duration=1");
    let still = bench.make("still.gif", "-f lavfi -i testsrc2=size=101x67:rate=5:duration=1 -frames:v 1");
    let duration = |path: &Path| media::extract::image(path, None).expect("metadata").duration_ms;
    assert_eq!((duration(&moving), duration(&still)), (Some(1000), None));
}

#[test]
fn an_animated_gif_has_a_first_picture() {
    let bench = Bench::new();
    let input = bench.make("in.gif", "-f lavfi -i testsrc2=size=101x67:rate=5:duration=1");
    let still = frame::representative(&input, None, ToneMapping::Hable).expect("a picture");
    assert_eq!((still.width, still.height), (100, 66));
    let first = picture_by_command(&input, 0.0, (100, 66));
    assert!(difference(&first, &still.rgb) < 10.0, "the still differs by {}", difference(&first, &still.rgb));
}
