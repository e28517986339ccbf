//! No setting of the page is without effect.

use super::{Capabilities, ENCODERS, plan};
use crate::video::hls::ladder;
use crate::video::hwaccel;
use crate::video::policy;
use crate::video::types::{AudioStream, Color, VideoInfo, VideoStream};
use config::system::ffmpeg::Ffmpeg;
use serde_json::{Value, json};
use std::collections::BTreeSet;

struct Case {
    key: &'static str,
    /// The setting means something only beside these.
    beside: Value,
    value: Value,
}

fn cases() -> Vec<Case> {
    let case = |key, beside, value| Case { key, beside, value };
    let all = json!({ "transcode": "all" });
    let all_on = |accel: &str| json!({ "transcode": "all", "accel": accel });
    vec![
        case("accel", all.clone(), json!("nvenc")),
        case("accelDecode", all_on("vaapi"), json!(false)),
        case("acceptedAudioCodecs", json!({}), json!(["aac"])),
        case("acceptedContainers", json!({}), json!(["webm"])),
        case("acceptedVideoCodecs", json!({ "targetVideoCodec": "hevc" }), json!(["vp9"])),
        case("bframes", all.clone(), json!(2)),
        case("cqMode", all_on("vaapi"), json!("icq")),
        case("crf", all.clone(), json!(30)),
        case("gopSize", all.clone(), json!(100)),
        case("maxBitrate", all.clone(), json!("2M")),
        case("preferredHwDevice", all_on("qsv"), json!("renderD129")),
        case("preset", all.clone(), json!("slow")),
        case("realtime", json!({}), json!({ "enabled": true, "resolutions": [480], "videoCodecs": ["av1"] })),
        case("refs", all.clone(), json!(4)),
        case("targetAudioCodec", all.clone(), json!("opus")),
        case("targetResolution", all.clone(), json!("480")),
        case("targetVideoCodec", all.clone(), json!("vp9")),
        case("temporalAQ", all_on("nvenc"), json!(true)),
        case("threads", all.clone(), json!(2)),
        case("tonemap", all.clone(), json!("mobius")),
        case("transcode", json!({}), json!("all")),
        case("twoPass", json!({ "transcode": "all", "maxBitrate": "2M" }), json!(true)),
    ]
}

fn film(is_hdr: bool) -> VideoInfo {
    let transfer = is_hdr.then(|| "smpte2084".to_owned());
    VideoInfo {
        format_names: vec!["ogg".to_owned()],
        duration_ms: Some(10_000),
        video: Some(VideoStream {
            frame_rate: Some((25, 1)),
            color: Color { transfer, ..Color::default() },
            ..VideoStream::plain("h264", 1920, 1080)
        }),
        audio: Some(AudioStream {
            index: 1,
            codec: "mp3".to_owned(),
            channels: 2,
            sample_rate: 44_100,
            ..AudioStream::default()
        }),
        ..VideoInfo::default()
    }
}

/// All that becomes of a film with these settings, in words.
fn outcome(settings: &Ffmpeg, is_hdr: bool) -> String {
    let encoders = ENCODERS.into_iter().chain(hwaccel::ENCODERS).collect();
    let can = Capabilities { tone_mapping: true, encoders, card_filters: vec![], cores: 4 };
    let info = film(is_hdr);
    let decision = policy::needs_transcode(&info, settings);
    let plan = decision.as_ref().map(|decision| plan(&info, decision, settings, &can).expect("a plan"));
    format!("{decision:?} {plan:?} {:?}", ladder::variants(&info, settings, &can).expect("versions"))
}

fn settings(beside: &Value, key: &str, value: Option<&Value>) -> Ffmpeg {
    let mut all = serde_json::to_value(Ffmpeg::default()).expect("settings");
    for (key, value) in beside.as_object().into_iter().flatten() {
        all[key] = value.clone();
    }
    if let Some(value) = value {
        assert_ne!(all[key], *value, "{key} is what it was");
        all[key] = value.clone();
    }
    serde_json::from_value(all).expect("settings")
}

#[test]
fn every_setting_has_an_effect() {
    let defaults = serde_json::to_value(Ffmpeg::default()).expect("settings");
    let known: BTreeSet<&str> = defaults.as_object().expect("an object").keys().map(String::as_str).collect();
    let tested: BTreeSet<&str> = cases().iter().map(|case| case.key).collect();
    assert_eq!(known, tested, "a setting without a case, or a case without a setting");
    for Case { key, beside, value } in cases() {
        let is_hdr = key == "tonemap";
        let before = outcome(&settings(&beside, key, None), is_hdr);
        assert_ne!(before, outcome(&settings(&beside, key, Some(&value)), is_hdr), "{key} changes nothing");
    }
}
