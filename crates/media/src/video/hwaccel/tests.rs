//! The plans, word by word; and whether ffmpeg knows the words.

use super::*;
use crate::video::plan::filters::tone_map_filters;
use crate::video::types::Color;
use TranscodeHWAccel::{Nvenc, Qsv, Rkmpp, Vaapi};
use config::system::choices::{CQMode, ToneMapping};

const APIS: [TranscodeHWAccel; 4] = [Nvenc, Qsv, Vaapi, Rkmpp];

fn source() -> VideoStream {
    VideoStream::plain("h264", 1920, 1080)
}

fn hdr() -> VideoStream {
    let color = Color { transfer: Some("smpte2084".to_owned()), ..Color::default() };
    VideoStream { codec: "hevc".to_owned(), pixel_format: Some("yuv420p10le".to_owned()), color, ..source() }
}

fn turned() -> VideoStream {
    VideoStream { rotation: 90, display_width: 1080, display_height: 1920, ..source() }
}

fn can(card_filters: &[&'static str]) -> Capabilities {
    let card_filters = card_filters.to_vec();
    Capabilities { tone_mapping: true, encoders: ENCODERS.to_vec(), card_filters, cores: 4 }
}

fn planned(video: &VideoStream, settings: &Ffmpeg, can: &Capabilities) -> VideoEncode {
    plan_video(api(settings.accel).expect("a card"), video, settings, can).expect("a plan")
}

fn encode(settings: &Ffmpeg) -> VideoEncode {
    planned(&source(), settings, &can(&[]))
}

fn options(encode: &VideoEncode) -> String {
    let options: Vec<String> = encode.options.iter().map(|(key, value)| format!("{key}={value}")).collect();
    options.join(" ").trim_end_matches(" color_range=tv").to_owned()
}

fn with(accel: TranscodeHWAccel) -> Ffmpeg {
    Ffmpeg { accel, ..Ffmpeg::default() }
}

#[test]
fn each_card_is_told_in_its_own_words() {
    let table = [
        (Nvenc, "h264_nvenc: scale_cuda=w=1280:h=720:format=nv12: preset=p1 tune=hq rc=vbr cq=23 rc-lookahead=20"),
        (Qsv, "h264_qsv: vpp_qsv=w=1280:h=720:format=nv12: preset=veryfast async_depth=4 global_quality=23"),
        (Vaapi, "h264_vaapi: scale_vaapi=w=1280:h=720:format=nv12: compression_level=7 rc_mode=CQP qp=23"),
        (Rkmpp, "h264_rkmpp: scale_rkrga=w=1280:h=720:format=nv12: rc_mode=CQP qp_init=23"),
    ];
    for (accel, expected) in table {
        let encode = encode(&with(accel));
        assert_eq!(format!("{}: {}: {}", encode.encoder, encode.filters, options(&encode)), expected);
        assert!(encode.device.is_some_and(|device| device.decodes && device.name.is_none()), "{accel:?}");
    }
}

#[test]
fn a_ceiling_is_kept() {
    let table = [
        (Nvenc, "preset=p1 tune=hq rc=vbr cq=23 maxrate=3000000 bufsize=6000000 rc-lookahead=20"),
        (Qsv, "preset=veryfast async_depth=4 b=2000000 maxrate=3000000 bufsize=6000000"),
        (Vaapi, "compression_level=7 rc_mode=VBR b=2000000 maxrate=3000000 bufsize=6000000"),
        (Rkmpp, "rc_mode=AVBR b=2000000 maxrate=3000000"),
    ];
    for (accel, expected) in table {
        let settings = Ffmpeg { max_bitrate: "3000k".to_owned(), ..with(accel) };
        assert_eq!(options(&encode(&settings)), expected);
    }
    let settings = Ffmpeg { max_bitrate: "3000k".to_owned(), two_pass: true, ..with(Nvenc) };
    let expected =
        "preset=p1 tune=hq rc=vbr b=2000000 multipass=fullres maxrate=3000000 bufsize=6000000 rc-lookahead=20";
    assert_eq!(options(&encode(&settings)), expected);
    assert_eq!(encode(&settings).passes, 1, "the card looks twice by itself");
}

#[test]
fn constant_quality_has_a_mode() {
    use VideoCodec::{Av1, H264, Vp9};
    let table = [
        (Qsv, H264, CQMode::Auto, "global_quality=23"),
        (Qsv, H264, CQMode::Icq, "global_quality=23"),
        (Qsv, H264, CQMode::Cqp, "flags=+qscale global_quality=2714"),
        (Qsv, Vp9, CQMode::Auto, "flags=+qscale global_quality=2714 low_power=1"),
        (Vaapi, H264, CQMode::Auto, "rc_mode=CQP qp=23"),
        (Vaapi, H264, CQMode::Cqp, "rc_mode=CQP qp=23"),
        (Vaapi, H264, CQMode::Icq, "rc_mode=ICQ global_quality=23"),
        (Vaapi, Vp9, CQMode::Auto, "rc_mode=CQP global_quality=23"),
        (Vaapi, Av1, CQMode::Icq, "rc_mode=ICQ global_quality=23"),
    ];
    for (accel, target_video_codec, cq_mode, expected) in table {
        let options = options(&encode(&Ffmpeg { target_video_codec, cq_mode, ..with(accel) }));
        assert!(options.ends_with(expected), "{accel:?} {target_video_codec:?} {cq_mode:?}: {options}");
    }
}

#[test]
fn special_wishes_reach_the_card() {
    let wishes = |accel| Ffmpeg {
        temporal_aq: true,
        bframes: 3,
        refs: 2,
        gop_size: 100,
        preset: "slow".to_owned(),
        ..with(accel)
    };
    let table = [
        (Nvenc, "preset=p7 tune=hq rc=vbr cq=23 rc-lookahead=20 temporal-aq=1 bf=3 refs=2 g=100"),
        (Qsv, "preset=slow async_depth=4 global_quality=23 bf=3 refs=2 g=100"),
        (Vaapi, "compression_level=1 rc_mode=CQP qp=23 bf=3 refs=2 g=100"),
        (Rkmpp, "rc_mode=CQP qp_init=23 g=100"),
    ];
    for (accel, expected) in table {
        assert_eq!(options(&encode(&wishes(accel))), expected);
    }
    let hevc = Ffmpeg { target_video_codec: VideoCodec::Hevc, ..wishes(Nvenc) };
    assert!(options(&encode(&hevc)).contains(" temporal_aq=1 "));
}

#[test]
fn the_device_is_the_one_that_was_chosen() {
    let table = [
        (Nvenc, "auto", "cuda - -"),
        (Nvenc, "1", "cuda 1 -"),
        (Nvenc, "renderD128", "cuda - -"),
        (Qsv, "auto", "qsv - -"),
        (Qsv, "renderD129", "qsv hw child_device=/dev/dri/renderD129"),
        (Vaapi, "", "vaapi - -"),
        (Vaapi, "/dev/dri/renderD129", "vaapi /dev/dri/renderD129 -"),
        (Vaapi, "../../etc/renderD129", "vaapi /dev/dri/renderD129 -"),
        (Rkmpp, "renderD128", "rkmpp - -"),
    ];
    for (accel, chosen, expected) in table {
        let settings = Ffmpeg { preferred_hw_device: chosen.to_owned(), ..with(accel) };
        let device = encode(&settings).device.expect("a device");
        let option = device.options.first().map_or("-".to_owned(), |(key, value)| format!("{key}={value}"));
        assert_eq!(format!("{} {} {option}", device.kind, device.name.as_deref().unwrap_or("-")), expected);
    }
}

#[test]
fn hdr_is_shrunk_on_the_card_and_mapped_there_if_it_can() {
    let in_memory = tone_map_filters(&hdr(), (1280, 720), "hable").join(",");
    let down = "hwdownload,format=p010le,format=yuv420p10le";
    let opencl = "tonemap_opencl=tonemap=hable:desat=0:t=bt709:m=bt709:p=bt709:r=tv:format=nv12";
    let table = [
        (Nvenc, vec![], format!("scale_cuda=w=1280:h=720:format=p010,{down},{in_memory},format=nv12")),
        (Vaapi, vec![], format!("scale_vaapi=w=1280:h=720:format=p010,{down},{in_memory},format=nv12,hwupload")),
        (
            Nvenc,
            vec!["tonemap_cuda"],
            "scale_cuda=w=1280:h=720:format=p010,\
             tonemap_cuda=tonemap=hable:desat=0:t=bt709:m=bt709:p=bt709:r=tv:format=nv12"
                .to_owned(),
        ),
        (
            Qsv,
            vec!["tonemap_opencl"],
            format!(
                "vpp_qsv=w=1280:h=720:format=p010,hwmap=derive_device=opencl,{opencl},hwmap=derive_device=qsv:reverse=1"
            ),
        ),
    ];
    for (accel, card_filters, expected) in table {
        let encode = planned(&hdr(), &with(accel), &can(&card_filters));
        assert_eq!(encode.filters, expected, "{accel:?} {card_filters:?}");
        assert!(encode.options.contains(&("color_trc".to_owned(), "bt709".to_owned())));
    }
    let flat = planned(&hdr(), &Ffmpeg { tonemap: ToneMapping::Disabled, ..with(Vaapi) }, &can(&[]));
    assert_eq!(flat.filters, "scale_vaapi=w=1280:h=720:format=nv12");
}

#[test]
fn a_turned_video_is_turned_on_the_card_if_it_can() {
    let table = [
        (Nvenc, "scale_cuda=w=1280:h=720:format=nv12,hwdownload,format=nv12,transpose=clock,format=nv12"),
        (Qsv, "vpp_qsv=w=1280:h=720:format=nv12,vpp_qsv=transpose=clock"),
        (Vaapi, "scale_vaapi=w=1280:h=720:format=nv12,transpose_vaapi=dir=clock"),
        (Rkmpp, "scale_rkrga=w=1280:h=720:format=nv12,vpp_rkrga=transpose=clock"),
    ];
    for (accel, expected) in table {
        let encode = planned(&turned(), &with(accel), &can(&[]));
        assert_eq!((encode.filters.as_str(), encode.width, encode.height), (expected, 720, 1280));
    }
    let mirrored = VideoStream { mirrored: true, rotation: 180, ..source() };
    let filters = planned(&mirrored, &with(Vaapi), &can(&[])).filters;
    assert!(filters.ends_with("transpose_vaapi=dir=hflip,transpose_vaapi=dir=reversal"), "{filters}");
}

#[test]
fn what_a_card_cannot_read_is_decoded_by_the_processor() {
    let interlaced = VideoStream { interlaced: true, ..source() };
    let full = VideoStream { pixel_format: Some("yuvj420p".to_owned()), ..source() };
    let fine = VideoStream { pixel_format: Some("yuv422p".to_owned()), ..source() };
    let old = VideoStream { codec: "mpeg4".to_owned(), ..source() };
    let table = [
        (&interlaced, Vaapi, true, "deinterlace_vaapi=auto=1,scale_vaapi=w=1280:h=720:format=nv12"),
        (&interlaced, Rkmpp, false, "yadif=deint=interlaced,scale=1280:720,format=nv12"),
        (&full, Vaapi, false, "scale=1280:720:in_range=full:out_range=limited,format=nv12,hwupload"),
        (&fine, Nvenc, false, "scale=1280:720,format=nv12"),
        (&old, Qsv, false, "scale=1280:720,format=nv12"),
    ];
    for (video, accel, decodes, expected) in table {
        let encode = planned(video, &with(accel), &can(&[]));
        assert_eq!(encode.filters, expected);
        assert_eq!(encode.device.expect("a device").decodes, decodes, "{accel:?} {}", video.codec);
    }
    let encode = encode(&Ffmpeg { accel_decode: false, ..with(Vaapi) });
    assert_eq!(encode.filters, "scale=1280:720,format=nv12,hwupload");
    assert!(encode.device.is_some_and(|device| !device.decodes));
}

#[test]
fn settings_grow_weaker_until_no_card_is_left() {
    let all: Vec<_> = std::iter::successors(Some(with(Qsv)), weaker).map(|it| (it.accel, it.accel_decode)).collect();
    assert_eq!(all, [(Qsv, true), (Qsv, false), (TranscodeHWAccel::Disabled, false)]);
}

#[test]
fn an_encoder_that_is_not_there_is_named() {
    let error = |accel, target_video_codec, can: &Capabilities| {
        let settings = Ffmpeg { target_video_codec, ..with(accel) };
        plan_video(api(accel).expect("a card"), &source(), &settings, can).expect_err("no encoder").to_string()
    };
    let none = Capabilities { encoders: vec![], ..can(&[]) };
    assert_eq!(error(Rkmpp, VideoCodec::H264, &none), "this build of ffmpeg has no encoder for h264_rkmpp");
    assert_eq!(
        error(Nvenc, VideoCodec::Vp9, &can(&[])),
        "this build of ffmpeg has no encoder for this codec on a card"
    );
}

/// All plans that are different in their words: what the build is asked about.
fn every_plan() -> Vec<VideoEncode> {
    let strict = |accel| Ffmpeg {
        max_bitrate: "3000k".to_owned(),
        two_pass: true,
        temporal_aq: true,
        bframes: 2,
        refs: 2,
        gop_size: 50,
        ..with(accel)
    };
    let interlaced = VideoStream { interlaced: true, ..source() };
    let mut plans = Vec::new();
    for accel in APIS {
        let modes = [CQMode::Cqp, CQMode::Icq].map(|cq_mode| Ffmpeg { cq_mode, ..with(accel) });
        for settings in modes.into_iter().chain([strict(accel)]) {
            for target_video_codec in [VideoCodec::H264, VideoCodec::Hevc, VideoCodec::Vp9, VideoCodec::Av1] {
                let settings = Ffmpeg { target_video_codec, ..settings.clone() };
                let in_memory = Ffmpeg { accel_decode: false, ..settings.clone() };
                plans.extend(plan_video(api(accel).expect("a card"), &source(), &in_memory, &can(&[])));
                for video in [source(), hdr(), turned(), interlaced.clone()] {
                    let can = can(&["tonemap_cuda", "tonemap_opencl"]);
                    plans.extend(plan_video(api(accel).expect("a card"), &video, &settings, &can));
                }
            }
        }
    }
    plans
}

#[test]
fn ffmpeg_knows_every_word() {
    let asked = crate::video::device::words::unknown_to_the_build(&every_plan());
    assert_eq!(asked.unknown, Vec::<String>::new());
    // A build without any of these would have passed unasked.
    for name in ["h264_nvenc", "hevc_vaapi", "scale_vaapi", "scale_cuda", "vpp_qsv", "tonemap_opencl", "hwmap"] {
        if !asked.known.contains(name) {
            eprintln!("skipped: this build of ffmpeg has no {name}");
        }
    }
    assert!(asked.known.contains("hwupload"));
}
